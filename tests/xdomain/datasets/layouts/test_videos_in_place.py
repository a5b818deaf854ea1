"""Videos of a list are indexed, cached, split and shown where they lie, whatever their container."""

import json
from pathlib import Path

import av
import numpy as np
import pytest
from click.testing import CliRunner
from support.made_videos import moving_noise
from support.roots import set_roots

from xdomain.__main__ import main
from xdomain.datasets.clip_cache.reader import open_cache
from xdomain.datasets.diving48.listing import read_listing

CODECS = {"avi": "mpeg4", "webm": "libvpx", "mp4": "libx264"}
TRAIN = ("run/a_g01_c01.avi", "run/a_g01_c02.webm", "run/a_g02_c01.mp4", "jump/b_g03_c01.avi", "jump/b_g04_c01.mp4")
TEST = ("run/a_g01_c03.mp4", "jump/b_g09_c01.avi")


def write_video(path: Path, frames: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as file:
        stream = file.add_stream(CODECS[path.suffix[1:]], rate=25, width=64, height=48, pix_fmt="yuv420p")
        stream.bit_rate = 4_000_000
        for picture in frames:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")))
        file.mux(stream.encode(None))


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for number, name in enumerate(TRAIN + TEST):
        write_video(tmp_path / "elsewhere" / name, moving_noise(33 + number, seed=number))
    (tmp_path / "elsewhere/spare.mp4").touch()  # of others: neither listed nor complained of
    root = tmp_path / "data" / "mine"
    root.mkdir(parents=True)
    for part, names in (("train", TRAIN), ("test", TEST)):
        (root / f"{part}.txt").write_text("".join(f"{name} {int('jump' in name)}\n" for name in names))
    (root / "dataset.toml").write_text(
        f'layout = "list"\nvideos = "{tmp_path}/elsewhere"\ntrain = "train.txt"\ntest = "test.txt"\ngroup = "gNN"\n'
    )
    set_roots(monkeypatch, data=tmp_path / "data")
    return root


def said(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(main, words)
    assert done.exit_code == code, done.output
    return done.output


def test_a_list_of_videos_goes_through_every_command(data: Path) -> None:
    assert "Count them once: python -m xdomain index mine" in said("cache", "mine", "--part", "test", code=2)

    assert "train: 5 of 5 listed clips can be used" in said("index", "mine", "--workers", "1")
    report = json.loads((data / "index.json").read_text())
    assert report["frames"] == {Path(name).stem: 33 + number for number, name in enumerate(TRAIN + TEST)}
    assert report["warnings"] == {}

    # Of the test clips one is of a01's source video; g02 or g03 or g04 is held out whole.
    split = said("split", "mine", "--kind", "source-video", "--val-clips", "1")
    assert "0 of 1 validation clips are of a source video that training clips are of, too." in split
    assert "1 of 2 test clips are of a source video that training clips are of, too." in split

    said("cache", "mine", "--part", "test", "--frames", "4", "--side", "16", "--workers", "1")
    cache = open_cache(data / "cache/test-4x16")
    assert cache.names == ["a_g01_c03", "b_g09_c01"]
    assert list(cache.labels) == [0, 1]
    shown = moving_noise(38, seed=5)[0].reshape(16, 3, 16, 4, 3).mean(axis=(1, 3))  # of the first video, by area
    assert np.abs(cache[0][0].astype(float) - shown).mean() < 12  # but for the codec

    said("contact-sheet", "mine", "--out", str(data / "sheet.png"), "--frames", "3")
    assert (data / "sheet.png").stat().st_size > 1000
    assert sorted(path.name for path in data.iterdir()) == [
        "cache", "dataset.toml", "index.json", "leave-out.txt", "sheet.png", "splits", "test.txt", "train.txt",
    ]  # fmt: skip


def test_what_cannot_be_decoded_is_left_out_by_name(data: Path) -> None:
    video = data.parents[1] / "elsewhere" / TRAIN[0]
    video.write_bytes(video.read_bytes()[:200])
    (data.parents[1] / "elsewhere" / TRAIN[1]).unlink()
    assert "train: 3 of 5 listed clips can be used" in said("index", "mine", "--workers", "1", code=1)
    assert {clip.name for clip in read_listing(data, "train")} == {"a_g02_c01", "b_g03_c01", "b_g04_c01"}
