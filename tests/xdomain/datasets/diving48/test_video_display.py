"""How a video is shown and which of a file's streams it is: display matrices and covers."""

from pathlib import Path

import numpy as np
import pytest
from support.made_videos import displayed, encoded, entry, grey_ramp, moving_noise, with_cover, write_listings

from xdomain.core.errors import UserError
from xdomain.datasets.clip_cache.folder_clips import import_folder
from xdomain.datasets.diving48.index import index
from xdomain.datasets.diving48.listing import Clip
from xdomain.datasets.diving48.video import BadVideo, decode_all, probe, read_clip
from xdomain.specs.videos import ClipCacheSpec


@pytest.fixture(scope="module")
def noise_mp4() -> bytes:
    return encoded(moving_noise(4))


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "clip.mp4"


# (a, b, c, d) and what numpy makes of a stored picture (H, W, 3) to show it so
SYMMETRIES = {
    "upright": ((1, 0, 0, 1), lambda picture: picture),
    "turned by 90° clockwise": ((0, 1, -1, 0), lambda picture: np.rot90(picture, -1)),
    "turned by 180°": ((-1, 0, 0, -1), lambda picture: np.rot90(picture, 2)),
    "turned by 90° counter-clockwise": ((0, -1, 1, 0), lambda picture: np.rot90(picture, 1)),
    "mirrored left to right": ((-1, 0, 0, 1), np.fliplr),
    "mirrored top to bottom": ((1, 0, 0, -1), np.flipud),
    "transposed": ((0, 1, 1, 0), lambda picture: picture.transpose(1, 0, 2)),
    "transposed across the other diagonal": ((0, -1, -1, 0), lambda picture: np.rot90(picture.transpose(1, 0, 2), 2)),
}


@pytest.mark.parametrize("name", SYMMETRIES)
def test_every_symmetry_of_a_rectangle_is_applied(path, noise_mp4, name):
    matrix, shown = SYMMETRIES[name]
    path.write_bytes(noise_mp4)
    expected = np.stack([shown(picture) for picture in decode_all(path)])
    path.write_bytes(displayed(noise_mp4, *matrix))
    np.testing.assert_array_equal(decode_all(path), expected)
    assert probe(path)[2].name == name
    np.testing.assert_array_equal(read_clip(path, Clip("a_1", 0, 0, 4), 4, expected.shape[1:3]), expected)


def test_a_picture_that_is_only_stretched_is_upright(path, noise_mp4):
    """Every clip is resized, so that a stretch along its sides is nothing that could be seen."""
    path.write_bytes(displayed(noise_mp4, 2, 0, 0, 2))
    assert probe(path)[2].name == "upright"


@pytest.mark.parametrize(
    "matrix",
    [(0.7071, 0.7071, -0.7071, 0.7071), (1, 0.2, 0, 1), (1, 0, 0, 1, 0.1), (0.9986, 0.0523, -0.0523, 0.9986)],
    ids=["45 degrees", "sheared", "in perspective", "3 degrees"],
)
def test_any_other_matrix_is_refused_by_name(path, noise_mp4, matrix):
    path.write_bytes(displayed(noise_mp4, *matrix))
    for read in (probe, decode_all, lambda path: read_clip(path, Clip("a_1", 0, 0, 4), 4, (20, 28))):
        with pytest.raises(BadVideo, match=r"clip\.mp4: its display matrix \(.* odd angle, shears it") as caught:
            read(path)
        assert caught.value.problem == "unshowable"


def test_index_warns_of_mirrored_videos_and_leaves_out_crooked_ones(tmp_path):
    names = ("flipped_1", "crooked_1", "good_1")
    write_listings(tmp_path, [entry(name, end=32) for name in names[:2]], [entry(names[2], end=32)])
    mp4 = encoded(moving_noise(32))
    for name, content in zip(names, (displayed(mp4, 1, 0, 0, -1), displayed(mp4, 1, 0.5, -0.5, 1), mp4), strict=True):
        (tmp_path / "rgb" / f"{name}.mp4").write_bytes(content)
    report = index(tmp_path)
    assert report["warnings"] == {"rotated": ["flipped_1"]}
    assert [found["clip"] for found in report["left_out"].pop("unshowable")] == ["crooked_1"]
    assert not report["left_out"]


@pytest.mark.parametrize("attached", [True, False])
@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_a_cover_is_not_the_video(path, container, attached):
    """The cover is white and the video's frames are grey, from 40 on."""
    path.write_bytes(with_cover(grey_ramp(8), container, attached))
    frames = decode_all(path)
    assert frames.shape == (8, 48, 64, 3)
    np.testing.assert_allclose(frames.mean(axis=(1, 2, 3)), [40 + 4 * t for t in range(8)], atol=1.5)


def test_a_cover_alone_is_no_video(path):
    path.write_bytes(with_cover(grey_ramp(0), "mp4", attached=True))
    with pytest.raises(BadVideo, match=r"clip\.mp4: it holds only a cover") as caught:
        probe(path)
    assert caught.value.problem == "no video stream"


@pytest.mark.parametrize(("frames", "sampled"), [(1, 1), (1, 8), (3, 8)])
def test_what_index_calls_too_short_is_not_imported_either(tmp_path, frames, sampled):
    write_listings(tmp_path / "made", [], [entry("a_1")])
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "a_1.mp4").write_bytes(encoded(grey_ramp(frames)))
    with pytest.raises(UserError, match=rf"a_1\.mp4: it has {frames} frames? and {sampled} are sampled.* move it away"):
        import_folder(folder, ClipCacheSpec("made", "mine", sampled, 16, "own"), tmp_path)
    assert not (tmp_path / "made/domains").exists()
