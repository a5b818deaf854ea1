"""The job that makes a launch's clip sets before its runs: what it makes, keeps and says."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.tiny_runs import tiny

from jobs.backends import slurm
from jobs.cluster.profile import Profile
from jobs.records.manifest import write_manifest
from jobs.worker.command import CommandTask
from jobs.worker.data import main
from xdomain.datasets.temporal_shape.clipset import open_set, set_paths

SETS = tiny().inputs


@pytest.fixture
def make(empty_roots: Path) -> Callable[[], int]:
    """Make the data of a launch of two runs; returns the exit code."""
    path = write_manifest([tiny(), tiny(seed=61)], None).path
    return lambda: main(str(path), workers=1)


def test_every_set_of_the_runs_is_made_and_those_that_are_there_are_kept(
    make: Callable[[], int], empty_roots: Path
) -> None:
    assert make() == 0
    files = {spec: set_paths(spec, empty_roots / "data")[0] for spec in SETS}
    assert {spec: len(open_set(file)) for spec, file in files.items()} == {spec: spec.clips for spec in SETS}
    before = {file: file.stat().st_mtime_ns for file in files.values()}
    missing = files[SETS[-1]]
    for part in set_paths(SETS[-1], empty_roots / "data"):
        part.unlink()
    assert make() == 0
    after = {file: file.stat().st_mtime_ns for file in files.values()}
    assert {file for file in before if before[file] != after[file]} == {missing}


def test_a_damaged_set_is_one_sentence_and_exit_code_2(
    make: Callable[[], int], empty_roots: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make() == 0
    file = set_paths(SETS[0], empty_roots / "data")[0]
    with file.open("r+b") as clips:
        clips.seek(-1, os.SEEK_END)
        last = clips.read(1)
        clips.seek(-1, os.SEEK_END)
        clips.write(bytes([last[0] ^ 1]))
    capsys.readouterr()
    assert make() == 2
    told = capsys.readouterr().err
    assert told.startswith("Error: ")
    assert str(file) in told


def test_a_data_root_that_is_a_file_is_named(
    make: Callable[[], int], empty_roots: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (empty_roots / "data").write_text("not a folder")
    assert make() == 2
    assert f"Error: {empty_roots}/data" in capsys.readouterr().err


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> list:
    """What is submitted, instead of being submitted."""
    tasks: list = []
    monkeypatch.setattr(slurm, "submit_tasks", lambda _, array: tasks.append(array) or "100")
    return tasks


def test_on_slurm_it_asks_for_another_start_when_its_time_is_over(empty_roots: Path, submitted: list) -> None:
    """Decoding an archive takes longer than a time limit: it goes on from the shards that are there."""
    manifest = write_manifest([tiny()], None)
    slurm.submit(manifest, Profile(max_attempts=7), with_data=True)
    words = ("jobs.worker.data", str(manifest.path), "4")
    assert submitted[0] == [CommandTask(words, {}, str(manifest.logs), max_attempts=7)]
