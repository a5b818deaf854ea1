"""Clip caches are built to the same bytes however it is done, and continued after a kill."""

import hashlib
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from support.made_videos import TRAIN_CACHE, damaged, write_shard

from xdomain.core.errors import UserError
from xdomain.datasets.clip_cache import build as building
from xdomain.datasets.clip_cache import writer as cachewriter
from xdomain.datasets.clip_cache.build import build_cache
from xdomain.datasets.clip_cache.reader import open_cache
from xdomain.datasets.clip_cache.writer import CacheWriter
from xdomain.datasets.diving48.video import read_clip_and_lack
from xdomain.specs.videos import ClipCacheSpec


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_the_bytes_do_not_depend_on_the_number_of_workers(root, reference, capsys):
    folder = build_cache(TRAIN_CACHE, root, workers=3)
    assert digests(folder) == digests(reference)
    assert "20 clips, 0 MB in 10 files" in capsys.readouterr().out
    build_cache(TRAIN_CACHE, root)
    assert "is already there" in capsys.readouterr().out


SLOWLY = """
import sys, time
from pathlib import Path
from xdomain.datasets.clip_cache import build as building
from xdomain.specs.videos import ClipCacheSpec

read = building.read_clip_and_lack
def slowly(*arguments):
    time.sleep(0.05)
    return read(*arguments)
building.read_clip_and_lack = slowly
building.build_cache(ClipCacheSpec("made", "train", frames=8, side=24), Path(sys.argv[1]))
"""


def build_slowly(root: Path) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", SLOWLY, str(root)], stdout=subprocess.DEVNULL)


def test_a_killed_build_is_continued(root, reference):
    folder = TRAIN_CACHE.folder(root)
    process = build_slowly(root)
    while len(list(folder.glob("shard-*.npy"))) < 3:
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    with pytest.raises(UserError, match="is an unfinished clip cache"):
        open_cache(folder)
    kept = {path.name: path.stat().st_mtime_ns for path in folder.glob("shard-*.npy")}
    build_cache(TRAIN_CACHE, root)
    assert {name: (folder / name).stat().st_mtime_ns for name in kept} == kept
    for temporary in folder.glob(".*.tmp"):  # of the killed process; swept once nobody can be writing it any more
        temporary.unlink()
    assert digests(folder) == digests(reference)


def test_what_a_dead_process_left_is_swept(root, monkeypatch):
    folder = TRAIN_CACHE.folder(root)
    folder.mkdir(parents=True)
    (folder / ".shard-001.npy.0123abcd.tmp").touch()
    monkeypatch.setattr(cachewriter, "ABANDONED", -1.0)
    build_cache(TRAIN_CACHE, root)
    assert not list(folder.glob(".*"))


def test_two_processes_that_build_one_cache_are_both_right(root, reference):
    processes = [build_slowly(root) for _ in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    assert digests(TRAIN_CACHE.folder(root)) == digests(reference)


def test_a_disk_that_fills_keeps_finished_files(root, reference, monkeypatch):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def filling(path, clip, *shape):
        if clip.name == "c_00002":  # the first of the second file
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
        return read_clip_and_lack(path, clip, *shape)

    monkeypatch.setattr(building, "read_clip_and_lack", filling)
    try:
        with pytest.raises(UserError, match=r"No space left for .*shard-001\.npy .*then give the same command again"):
            build_cache(TRAIN_CACHE, root)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    monkeypatch.undo()
    folder = TRAIN_CACHE.folder(root)
    assert sorted(path.name for path in folder.iterdir()) == ["plan.json", "shard-000.npy"]
    build_cache(TRAIN_CACHE, root)
    assert digests(folder) == digests(reference)


def test_too_little_space_is_known_before(root):
    spec = ClipCacheSpec("made", "train", frames=32, side=200_000)
    with pytest.raises(UserError, match=r"MB free and [\d,]+ MB are needed"):
        build_cache(spec, root)
    assert not list(spec.folder(root).iterdir())


@pytest.mark.parametrize("workers", [1, 2])
def test_a_broken_video_stops_the_build_with_advice(root, workers):
    video = root / "made" / "rgb" / "b_00004.mp4"
    video.write_bytes(damaged(video.read_bytes(), 5, 9))
    with pytest.raises(UserError, match=r"b_00004\.mp4: .*python -m xdomain index made.*leave-out\.txt"):
        build_cache(TRAIN_CACHE, root, workers)
    folder = TRAIN_CACHE.folder(root)
    assert not (folder / "shard-002.npy").exists()
    assert not list(folder.glob(".*.tmp"))


def test_a_cache_of_other_clips_is_neither_taken_nor_overwritten(root):
    folder = build_cache(TRAIN_CACHE, root)
    before = digests(folder)
    (root / "made" / "leave-out.txt").write_text("b_00004\n")
    with pytest.raises(UserError, match=r"train-8x24 was made or begun otherwise \(.*names.*\)\. Remove the folder"):
        build_cache(TRAIN_CACHE, root)
    assert digests(folder) == before
    shutil.rmtree(folder)
    assert len(open_cache(build_cache(TRAIN_CACHE, root))) == 19


def test_a_cache_that_another_version_began_is_refused(root):
    folder = TRAIN_CACHE.folder(root)
    folder.mkdir(parents=True)
    (folder / "plan.json").write_text('{"format": 0}')
    with pytest.raises(UserError, match="made or begun otherwise"):
        build_cache(TRAIN_CACHE, root)
    (folder / "plan.json").unlink()
    (folder / "shard-000.npy").touch()
    with pytest.raises(UserError, match="files of a cache that nothing describes"):
        build_cache(TRAIN_CACHE, root)


def test_clips_that_do_not_fit_are_not_written(tmp_path):
    writer = CacheWriter(tmp_path / "own", {}, ["a", "b"], [0, 1], shape=(2, 4, 4, 3))
    first = writer.missing()[0]
    right = np.zeros((2, 4, 4, 3), dtype=np.uint8)
    for clips, sentence in (
        ([right[:1]], "clip of"),
        ([right.astype(float)], "float64"),
        ([], "0 clips"),
        ([right, right], "2 clips"),
    ):
        with pytest.raises(ValueError, match=sentence):
            write_shard(writer, first, clips)
    assert writer.missing()[0] == first
    for shard in writer.missing():
        write_shard(writer, shard, [right + shard.start])
    writer.finish()
    assert [int(clip.max()) for clip in map(open_cache(tmp_path / "own").__getitem__, range(2))] == [0, 1]


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_live_temporary_file_stays_whatever_this_machines_clock_says(tmp_path, monkeypatch, hours):
    """A file server stamps files by its own clock; what was written a minute ago by it is not abandoned."""
    folder = tmp_path / "cache"
    folder.mkdir()
    live, dead = folder / ".shard-000.npy.live.tmp", folder / ".shard-001.npy.dead.tmp"
    for file, age in ((live, 60), (dead, 2 * cachewriter.ABANDONED)):
        file.touch()
        written = file.stat().st_mtime - age
        os.utime(file, (written, written))
    true = time.time
    monkeypatch.setattr(time, "time", lambda: true() + hours * 3600)
    CacheWriter(folder, {}, ["a"], [0], shape=(1, 2, 2, 3))
    assert live.exists()
    assert not dead.exists()


def test_a_note_of_a_killed_writer_does_not_outlive_the_video_that_was_replaced(tmp_path):
    """Killed between its note and the shard's name: the next writer's shard lacks nothing, and the index says so."""
    writer = CacheWriter(tmp_path, {}, ["a"], [0], shape=(2, 4, 4, 3))
    (tmp_path / "lacking-000.json").write_text('{"a": 3}')
    write_shard(writer, writer.shards[0], [np.zeros((2, 4, 4, 3), np.uint8)])
    assert writer.finish()["frames_lacking"] == {}
