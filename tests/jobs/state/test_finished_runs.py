"""Status of many finished runs: what they came to is remembered, and what is on disk wins over what is remembered."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.made_launches import end, leave_result, start
from support.tiny_runs import tiny

from jobs.records.manifest import write_manifest
from xdomain.runs.run_folder import RunFolder

RUNS = [tiny(seed=seed) for seed in range(40)]
opened: list[str] = []  # by this process since the list was cleared
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event in ("open", "os.scandir") else None)


@pytest.fixture
def launched(tiny_roots, monkeypatch) -> None:
    """Forty runs that finished, launched together; no Slurm."""
    monkeypatch.setenv("PATH", "/nowhere")
    write_manifest(RUNS, None)
    for spec in RUNS:
        start(spec)
        leave_result(spec, seconds={"train": 1800})
        end(spec, "finished", seconds=3600)


@pytest.fixture
def look(status, monkeypatch) -> Callable[[], tuple[dict, int]]:
    """Status as a document, and how often a run's folder or a file in it was asked about or opened for it."""
    asked: list[str] = []

    def counted(real):
        return lambda path, *args, **options: (asked.append(str(path)), real(path, *args, **options))[1]

    monkeypatch.setattr(os, "stat", counted(os.stat))
    monkeypatch.setattr(os, "lstat", counted(os.lstat))

    def look() -> tuple[dict, int]:
        asked.clear()
        opened.clear()
        done = status("--json")
        return json.loads(done.stdout), sum("/seed" in path for path in asked + opened)

    return look


def states(document: dict) -> dict[str, str]:
    return {run["id"]: run["state"] for run in document["runs"]}


def test_a_second_look_asks_once_for_each_finished_run_and_opens_none(launched, look):
    first, many = look()
    assert many > 4 * len(RUNS)
    second, few = look()
    assert second == first
    assert few == len(RUNS)
    assert set(states(second).values()) == {"finished"}
    assert second["usage"][0]["hours"] == len(RUNS)


def removed(file: Path) -> None:
    file.unlink()


def replaced(file: Path) -> None:
    leave_result(RUNS[7], status="diverged", diverged_in_epoch=3)


def damaged(file: Path) -> None:
    file.write_text('{"form')


@pytest.mark.parametrize(("happens", "state"), [(removed, "interrupted"), (replaced, "diverged"), (damaged, "failed")])
def test_a_result_that_is_another_by_now_is_read_anew(launched, look, happens, state):
    look()
    happens(RunFolder.of(RUNS[7]).result_file)
    expected = {spec.id: "finished" for spec in RUNS} | {RUNS[7].id: state}
    assert states(look()[0]) == expected
    assert states(look()[0]) == expected


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 1, "runs": {"x": {}}}'])
def test_a_damaged_memory_is_made_anew(launched, look, tiny_roots, content):
    first, _ = look()
    (memory,) = tiny_roots.glob(".finished-*.json")
    memory.write_text(content)
    assert look()[0] == first
    assert look() == (first, len(RUNS))


def test_a_run_whose_last_line_is_still_to_come_is_not_remembered(tiny_roots, monkeypatch, look):
    """Between its result and its record of the attempt's end: the cost is not known yet."""
    monkeypatch.setenv("PATH", "/nowhere")
    write_manifest(RUNS[:1], None)
    start(RUNS[0])
    leave_result(RUNS[0], seconds={"train": 1800})
    look()
    end(RUNS[0], "finished", seconds=3600)
    assert look()[0]["usage"][0]["hours"] == 1.0
