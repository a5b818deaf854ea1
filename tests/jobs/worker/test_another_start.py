"""A run that had to stop: which of its ranks says so, and when it asks the scheduler for another start."""

import os

import pytest
from support.made_launches import start
from support.tiny_runs import tiny

from jobs.records.manifest import write_manifest
from jobs.worker.single import STOPPED, reported
from jobs.worker.tasks import RunTask
from xdomain.core.errors import Interrupted
from xdomain.runs.run_folder import RunFolder
from xdomain.schema.launch import Manifest

SPEC = tiny()


@pytest.fixture
def manifest(tiny_roots, monkeypatch) -> Manifest:
    """Of a run that has been started once, in a job."""
    manifest = write_manifest([SPEC], None, max_attempts=2)
    manifest.logs.mkdir()
    start(SPEC)
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.delenv("SLURM_ARRAY_JOB_ID", raising=False)
    monkeypatch.setenv("SUBMITIT_EXECUTOR", "slurm")
    return manifest


def stopped(manifest: Manifest) -> tuple[int, list[str], list[str]]:
    """The exit code of a run that stops, the marks beside its log, and the events of its record."""
    with reported(manifest, 0) as ending:
        raise Interrupted("SIGUSR2 after epoch 3")
    marks = [path.name for path in manifest.logs.glob("requeue.*")]
    return ending.code, marks, [event["event"] for event in RunFolder.of(SPEC).attempts()]


def test_a_run_in_a_job_of_ours_asks_for_another_start(manifest):
    assert stopped(manifest) == (STOPPED, ["requeue.7"], ["start", "requeue"])


def test_after_its_last_start_it_gives_up(manifest):
    start(SPEC, attempt=2)
    assert stopped(manifest) == (STOPPED, [], ["start", "start", "gave up"])


def test_a_run_that_was_started_by_hand_in_an_interactive_job_asks_nobody(manifest, monkeypatch):
    """No script of ours would see the mark, and it has not used up its starts: the same command goes on."""
    monkeypatch.delenv("SUBMITIT_EXECUTOR")
    assert stopped(manifest) == (STOPPED, [], ["start"])


def test_of_several_ranks_only_the_first_fails(manifest, monkeypatch):
    """Where a task fails srun kills the others, and the first one is still writing."""
    monkeypatch.setenv("RANK", "1")
    assert stopped(manifest) == (0, [], ["start"])


def test_a_run_of_one_process_is_no_rank_of_what_its_launcher_was_started_in(manifest, monkeypatch):
    """Another rank than the first would train without a claim, and leave no result."""
    seen: list[str | None] = []
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setattr("jobs.worker.tasks.execute", lambda *_, **__: seen.append(os.environ.get("RANK")))
    monkeypatch.setattr("jobs.worker.tasks.listen", lambda _: None)
    assert RunTask(str(manifest.path), (0,)).run() == 0
    assert seen == [None]
