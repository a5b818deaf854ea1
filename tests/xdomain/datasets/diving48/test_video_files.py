"""Reading videos: which frames, which pixels, and every kind of file that cannot be read."""

import io
import pickle
from pathlib import Path

import av
import numpy as np
import pytest
from support.made_videos import damaged, encoded, garbled, grey_ramp, moving_noise, rotated, sound_only

from xdomain.core.errors import UserError
from xdomain.datasets.diving48.listing import Clip
from xdomain.datasets.diving48.video import BadVideo, decode_all, encode_video, probe, read_clip, sampled_frames

FRAMES = 40
CLIP = Clip("a_1", 0, 0, FRAMES)


@pytest.fixture(scope="module")
def noise_mp4() -> bytes:
    return encoded(moving_noise(FRAMES))


@pytest.fixture
def write(tmp_path):
    """Bytes to a file clip.mp4; returns its path."""

    def write(content: bytes) -> Path:
        path = tmp_path / "clip.mp4"
        path.write_bytes(content)
        return path

    return write


def test_sampled_frames_by_hand():
    assert sampled_frames(0, 32, 32) == list(range(32))
    assert sampled_frames(0, 63, 32) == list(range(0, 63, 2))
    assert sampled_frames(10, 20, 4) == [10, 13, 16, 19]
    assert sampled_frames(0, 8, 3) == [0, 4, 7]  # 3.5 is rounded up
    assert sampled_frames(0, 3, 5) == [0, 1, 1, 2, 2]  # 0, ½, 1, 1½, 2
    assert sampled_frames(5, 6, 3) == [5, 5, 5]
    assert sampled_frames(4, 9, 1) == [4]


@pytest.mark.parametrize("sampled", [32, 8])
def test_the_studys_frames_are_those_of_the_published_rule(sampled):
    """It rounds what numpy spaces evenly, halves to even numbers; between so many frames there are no halves."""
    for frames in range(1, 700):
        published = np.round(np.linspace(0, frames - 1, sampled)).astype(int).tolist()
        assert sampled_frames(0, frames, sampled) == published


def test_the_sampled_frames_are_read_in_order(write):
    path = write(encoded(grey_ramp(FRAMES)))
    clip = read_clip(path, Clip("a_1", 0, 5, 35), 7, (24, 32))
    levels = clip.mean(axis=(1, 2, 3))
    np.testing.assert_allclose(levels, [40 + 4 * t for t in sampled_frames(5, 35, 7)], atol=1.5)


def test_a_short_clip_repeats_frames(write):
    clip = read_clip(write(encoded(grey_ramp(3))), Clip("a_1", 0, 0, 3), 5, (24, 32))
    np.testing.assert_array_equal(clip[1], clip[2])
    np.testing.assert_array_equal(clip[3], clip[4])
    np.testing.assert_allclose(clip.mean(axis=(1, 2, 3)), [40, 44, 44, 48, 48], atol=1.5)


def test_reading_and_decoding_everything_give_the_same_pixels(write, noise_mp4):
    path = write(noise_mp4)
    everything = decode_all(path, (20, 28))
    assert everything.shape == (FRAMES, 20, 28, 3)
    np.testing.assert_array_equal(read_clip(path, CLIP, 32, (20, 28)), everything[sampled_frames(0, FRAMES, 32)])
    np.testing.assert_array_equal(decode_all(io.BytesIO(noise_mp4), (20, 28)), everything)


def test_colours_and_places_are_kept(write):
    quarters = np.zeros((4, 64, 64, 3), dtype=np.uint8)
    quarters[:, :32, :32], quarters[:, :32, 32:] = (220, 30, 40), (20, 200, 60)
    quarters[:, 32:, :32], quarters[:, 32:, 32:] = (40, 50, 210), (124, 117, 104)
    decoded = decode_all(write(encoded(quarters)))
    inside = np.s_[:, [8, 8, 56, 56], [8, 56, 8, 56]]
    np.testing.assert_allclose(decoded[inside].astype(int), quarters[inside].astype(int), atol=4)


def test_shrinking_averages_areas_without_a_shift(write):
    stripes = np.full((2, 64, 96, 3), 40, dtype=np.uint8)
    stripes[:, ::2] = 200  # averages to 120, where taking single rows gives 40 or 200
    small = decode_all(write(encoded(stripes)), (16, 24))
    np.testing.assert_allclose(small.mean(axis=(1, 2)), 120, atol=4)
    half = np.full((2, 64, 96, 3), 30, dtype=np.uint8)
    half[:, :, 48:] = 210
    columns = decode_all(write(encoded(half)), (16, 24)).mean(axis=(0, 1, 3))
    np.testing.assert_allclose(columns[[10, 13]], [30, 210], atol=5)
    assert abs(columns[11:13].mean() - 120) < 5


def test_shrinking_keeps_the_mean_of_each_colour(write):
    frames = moving_noise(4)
    means = decode_all(write(encoded(frames)), (21, 28)).mean(axis=(1, 2))
    assert abs(means - frames.mean(axis=(1, 2))).max() < 1  # without full chroma it is 2 or 3 too dark


def test_a_rotated_video_is_turned_upright(write, noise_mp4):
    upright = np.rot90(decode_all(write(noise_mp4)), -1, axes=(1, 2))  # a quarter clockwise
    path = write(rotated(noise_mp4))
    np.testing.assert_array_equal(decode_all(path), upright)
    assert probe(path)[1] == (48, 64)
    assert probe(path)[2].name == "turned by 90° clockwise"
    resized = read_clip(path, CLIP, 8, (32, 24))
    assert resized.shape == (8, 32, 24, 3)
    assert abs(resized.mean(axis=(1, 2)) - upright[sampled_frames(0, FRAMES, 8)].mean(axis=(1, 2))).max() < 2


def test_odd_sizes_are_read_completely(write):
    frames = moving_noise(3, 37, 53)
    decoded = decode_all(write(encoded(frames)))
    assert decoded.shape == frames.shape
    assert abs(decoded.astype(int) - frames).mean() < 4
    assert read_clip(write(encoded(frames)), Clip("a_1", 0, 0, 3), 3, (17, 19)).shape == (3, 17, 19, 3)


def test_encoding_gives_the_same_bytes_again(tmp_path, noise_mp4):
    encode_video(tmp_path / "again.mp4", moving_noise(FRAMES))
    assert (tmp_path / "again.mp4").read_bytes() == noise_mp4


def test_nothing_is_decoded_after_the_last_sampled_frame(write, noise_mp4):
    path = write(damaged(noise_mp4, FRAMES - 8, FRAMES))
    with pytest.raises(BadVideo):
        probe(path)
    whole = read_clip(write(noise_mp4), Clip("a_1", 0, 0, 12), 8, (20, 28))
    np.testing.assert_array_equal(
        read_clip(write(damaged(noise_mp4, FRAMES - 8, FRAMES)), Clip("a_1", 0, 0, 12), 8, (20, 28)), whole
    )


BAD = {
    "empty": (lambda mp4: b"", "undecodable", r"it is empty \(0 bytes\)"),
    "text": (lambda mp4: b"not a video\n" * 50, "undecodable", "it cannot be decoded"),
    "cut off": (lambda mp4: mp4[: len(mp4) // 2], "undecodable", "it cannot be decoded"),
    "damaged": (lambda mp4: damaged(mp4, 10, 14), "undecodable", "it cannot be decoded"),
    "garbled": (garbled, "undecodable", "its pictures are damaged"),
    "sound only": (lambda mp4: sound_only(), "no video stream", "it holds no pictures"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_video_is_named_with_its_fault(write, noise_mp4, kind):
    make, problem, detail = BAD[kind]
    path = write(make(noise_mp4))
    for read in (probe, decode_all, lambda path: read_clip(path, CLIP, 8, (20, 28))):
        with pytest.raises(BadVideo, match=rf"clip\.mp4: ({detail})") as caught:
            read(path)
        assert caught.value.problem == problem


def test_a_missing_video_is_named_with_what_is_there_instead(tmp_path):
    with pytest.raises(BadVideo, match=r"clip\.mp4: there is no such file\.") as caught:
        read_clip(tmp_path / "clip.mp4", CLIP, 8, (20, 28))
    assert caught.value.problem == "missing"
    (tmp_path / "clip.avi").touch()
    with pytest.raises(BadVideo, match=r"there is no such file, but clip\.avi\."):
        probe(tmp_path / "clip.mp4")


@pytest.mark.parametrize("frames", [1, FRAMES - 6])
def test_far_fewer_frames_than_listed_are_never_a_clip(write, frames):
    path = write(encoded(grey_ramp(frames)))
    with pytest.raises(BadVideo, match=f"it has {frames} frames where {FRAMES} are listed") as caught:
        read_clip(path, CLIP, 8, (20, 28))
    assert caught.value.problem == "too few frames"


def test_a_file_that_cannot_be_read_is_not_called_a_bad_video(write, noise_mp4, monkeypatch):
    def refuse(path, **_):
        raise av.error.PermissionError(13, "Permission denied", path)  # root, who may run this, is never refused

    path = write(noise_mp4)
    monkeypatch.setattr(av, "open", refuse)
    with pytest.raises(UserError, match=r"clip\.mp4 cannot be read \(Permission denied\)") as caught:
        probe(path)
    assert not isinstance(caught.value, BadVideo)


def test_the_error_survives_the_way_from_another_process():
    error = pickle.loads(pickle.dumps(BadVideo(Path("a.mp4"), "missing", "there is no such file")))
    assert (str(error), error.problem) == ("a.mp4: there is no such file.", "missing")
