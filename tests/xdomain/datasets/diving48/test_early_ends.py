"""Real videos that decode to a few frames less than listed stay in: the last frame stands for those beyond."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from support.made_videos import encoded, entry, grey_ramp, write_listings
from support.roots import set_roots

from xdomain.commands.diving48 import index
from xdomain.core.errors import UserError
from xdomain.core.roots import STREAM
from xdomain.datasets.clip_cache.build import build_cache
from xdomain.datasets.clip_cache.choose import open_clips
from xdomain.datasets.clip_cache.reader import open_cache
from xdomain.datasets.diving48.listing import Clip, frames_lacking, read_listing
from xdomain.datasets.diving48.video import BadVideo, read_clip, read_clip_and_lack
from xdomain.specs.videos import ClipCacheSpec

SPEC = ClipCacheSpec("made", "train", frames=8, side=16)


@pytest.fixture
def made(tmp_path, monkeypatch) -> Path:
    """Six clips listed with 40 frames, whose videos have 40 but for one each of 38, 35 and 33."""
    set_roots(monkeypatch, data=tmp_path)
    root = tmp_path / "made"
    frames = {"a_1": 40, "b_2": 38, "c_3": 40, "d_4": 35, "e_5": 33, "f_6": 40}
    write_listings(root, [entry(name) for name in frames], [entry("t_1")])
    for name, count in {**frames, "t_1": 40}.items():
        (root / "rgb" / f"{name}.mp4").write_bytes(encoded(grey_ramp(count)))
    return root


def levels(pictures: np.ndarray) -> np.ndarray:
    """Each frame's grey."""
    return pictures.mean(axis=(1, 2, 3))


@pytest.mark.parametrize(("frames", "last"), [(40, 39), (39, 38), (35, 34)])
def test_the_last_frame_stands_for_those_beyond(tmp_path, frames, last):
    path = tmp_path / "clip.mp4"
    path.write_bytes(encoded(grey_ramp(frames)))
    pictures, lacking = read_clip_and_lack(path, Clip("a_1", 0, 0, 40), 40, (24, 32))
    assert lacking == 40 - frames
    expected = [40 + 4 * min(t, last) for t in range(40)]  # of grey_ramp
    np.testing.assert_allclose(levels(pictures), expected, atol=1.5)
    np.testing.assert_array_equal(pictures[last:], np.broadcast_to(pictures[last], pictures[last:].shape))


def test_a_lack_beyond_the_allowance_is_refused(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(encoded(grey_ramp(37)))
    clip = Clip("a_1", 0, 0, 40)
    read_clip(path, clip, 8, (24, 32), allowed=3)
    with pytest.raises(BadVideo, match="it has 37 frames where 40 are listed"):
        read_clip(path, clip, 8, (24, 32), allowed=2)


def test_a_video_without_a_single_listed_frame_is_refused(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(encoded(grey_ramp(10)))
    with pytest.raises(BadVideo, match="it has 10 frames where 12 are listed"):
        read_clip(path, Clip("a_1", 0, 10, 12), 2, (24, 32))


def indexed(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(index, ["made", "--workers", "1", *words], catch_exceptions=False)
    return done.exit_code, done.output


def test_the_index_keeps_what_lacks_a_few_frames(made):
    code, output = indexed()
    assert code == 1
    assert "warning, ends early: 2 (b_2, d_4)" in output
    assert "e_5 (train): it has 33 frames where 40 are listed" in output
    report = json.loads((made / "index.json").read_text())
    assert report["lacking"] == {"b_2": 2, "d_4": 5}
    assert (made / "leave-out.txt").read_text() == "e_5\n"


@pytest.mark.parametrize(("allowed", "left_out"), [(0, ["b_2", "d_4", "e_5"]), (2, ["d_4", "e_5"]), (7, [])])
def test_the_user_sets_how_many(made, allowed, left_out):
    indexed("--frames-lacking", str(allowed))
    assert (made / "leave-out.txt").read_text().split() == left_out
    assert frames_lacking(made) == allowed


def test_a_cache_counts_them_by_name(made, tmp_path, capsys):
    indexed()
    folder = build_cache(SPEC, tmp_path, workers=2)
    cache = open_cache(folder)
    assert cache.names == ["a_1", "b_2", "c_3", "d_4", "f_6"]
    assert cache.info["frames_lacking"] == {"b_2": 2, "d_4": 5}
    assert "2 of the videos end early, by 5 frames at most" in capsys.readouterr().out
    np.testing.assert_allclose(levels(cache[3])[-1], 40 + 4 * 34, atol=1.5)


def test_a_continued_cache_counts_those_of_before_too(made, tmp_path):
    indexed()
    folder = build_cache(SPEC, tmp_path, workers=1)
    whole = (folder / "index.json").read_bytes()
    plan = json.loads(whole)
    for key in ("bytes", "sha256", "shards", "frames_lacking"):
        del plan[key]
    (folder / "index.json").unlink()  # as if killed before the last shard
    (folder / "plan.json").write_text(json.dumps(plan))
    (folder / "shard-004.npy").unlink()
    build_cache(SPEC, tmp_path, workers=1)
    assert (folder / "index.json").read_bytes() == whole


def test_clips_decoded_while_training_are_the_same(made, tmp_path, monkeypatch):
    indexed("--frames-lacking", "7")
    monkeypatch.setenv(STREAM, "1")
    streamed = open_clips(SPEC)
    pictures = [streamed[number] for number in range(6)]
    build_cache(SPEC, tmp_path, workers=1)
    cache = open_clips(SPEC)
    for number in range(6):
        np.testing.assert_array_equal(pictures[number], cache[number])


def test_without_an_index_five_may_lack(made, tmp_path):
    assert frames_lacking(made) == 5
    assert len(read_listing(made, "train")) == 6
    with pytest.raises(UserError, match=r"e_5\.mp4: it has 33 frames where 40 are listed"):
        build_cache(SPEC, tmp_path, workers=1)
