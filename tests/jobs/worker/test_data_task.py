"""The job that makes a launch's clip sets before its runs: what it makes, keeps and says."""

import os
from pathlib import Path

import pytest
from support.tiny_runs import tiny

from jobs.records.manifest import write_manifest
from jobs.worker.tasks import DataTask
from xdomain.datasets.temporal_shape.clipset import open_set, set_paths

SETS = tiny().inputs


@pytest.fixture
def task(empty_roots: Path) -> DataTask:
    return DataTask(str(write_manifest([tiny(), tiny(seed=61)], None).path), workers=1)


def test_every_set_of_the_runs_is_made_and_those_that_are_there_are_kept(task: DataTask, empty_roots: Path) -> None:
    task()
    files = {spec: set_paths(spec, empty_roots / "data")[0] for spec in SETS}
    assert {spec: len(open_set(file)) for spec, file in files.items()} == {spec: spec.clips for spec in SETS}
    before = {file: file.stat().st_mtime_ns for file in files.values()}
    missing = files[SETS[-1]]
    for part in set_paths(SETS[-1], empty_roots / "data"):
        part.unlink()
    task()
    after = {file: file.stat().st_mtime_ns for file in files.values()}
    assert {file for file in before if before[file] != after[file]} == {missing}


def test_a_damaged_set_is_one_sentence_and_exit_code_2(
    task: DataTask, empty_roots: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    task()
    file = set_paths(SETS[0], empty_roots / "data")[0]
    with file.open("r+b") as clips:
        clips.seek(-1, os.SEEK_END)
        last = clips.read(1)
        clips.seek(-1, os.SEEK_END)
        clips.write(bytes([last[0] ^ 1]))
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        task()
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("Error: ")
    assert str(file) in told


def test_a_data_root_that_is_a_file_is_named(
    task: DataTask, empty_roots: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (empty_roots / "data").write_text("not a folder")
    with pytest.raises(SystemExit) as ended:
        task()
    assert ended.value.code == 2
    assert f"Error: {empty_roots}/data" in capsys.readouterr().err
