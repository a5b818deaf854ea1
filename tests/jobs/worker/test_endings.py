"""What a job's log and exit code say of a run, and when the scheduler is asked to start it again."""

import dataclasses
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.made_launches import start
from support.tiny_runs import tiny

from jobs.records.manifest import write_manifest
from jobs.worker.single import STOPPED, reported
from jobs.worker.tasks import RunTask
from xdomain.core.claims.claim import AlreadyClaimed
from xdomain.core.errors import Interrupted, UserError
from xdomain.core.interruption import watch
from xdomain.runs.run_folder import RunFolder
from xdomain.schema.launch import Manifest

RUN = tiny()


@pytest.fixture
def manifest(empty_roots: Path, monkeypatch: pytest.MonkeyPatch) -> Manifest:
    """A launch whose one run may have two starts, in Slurm's job 100_3."""
    for name, value in (("JOB_ID", "103"), ("ARRAY_JOB_ID", "100"), ("ARRAY_TASK_ID", "3")):
        monkeypatch.setenv(f"SLURM_{name}", value)
    monkeypatch.setenv("SUBMITIT_EXECUTOR", "slurm")
    manifest = write_manifest([RUN], None, max_attempts=2)
    manifest.logs.mkdir()
    return manifest


@pytest.fixture(params=[signal.SIGUSR2])
def warned(request: pytest.FixtureRequest) -> Iterator[None]:
    """This process has been sent a signal that asks it to stop."""
    before = {number: signal.getsignal(number) for number in (signal.SIGUSR2, signal.SIGTERM)}
    watch(*before)
    signal.raise_signal(request.param)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
    watch()


by_sigterm = pytest.mark.parametrize("warned", [signal.SIGTERM], indirect=True)


def ending(manifest: Manifest, error: Exception | None = None) -> int:
    """The exit code of the manifest's run where it ends with this error."""
    with reported(manifest, 0) as ending:
        if error:
            raise error
    return ending.code


def events() -> list[str]:
    return [event["event"] for event in RunFolder.of(RUN).attempts()]


def marks(manifest: Manifest) -> list[str]:
    return [file.name for file in manifest.logs.iterdir()]


def test_a_run_that_ends_well_says_which_it_was(manifest: Manifest, capsys: pytest.CaptureFixture[str]) -> None:
    assert ending(manifest) == 0
    assert capsys.readouterr().out == f"ts-tiny/2dot/3dcnn/h2/seed42 (run 0 of {manifest.path})\n"


def test_what_a_user_can_correct_is_one_sentence_and_exit_code_2(
    manifest: Manifest, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ending(manifest, UserError("There are no clips. Make them.")) == 2
    assert ending(manifest, PermissionError(13, "Permission denied", "/data/x.npy")) == 2
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "Error: There are no clips. Make them."
    assert told[1].startswith("Error: /data/x.npy cannot be used (Permission denied): ")


@pytest.mark.parametrize("error", [OSError("the network is gone"), ValueError("a fault of the program")])
def test_a_fault_keeps_its_traceback(manifest: Manifest, error: Exception) -> None:
    with pytest.raises(type(error)):
        ending(manifest, error)


def test_of_a_run_that_another_works_on_the_ranks_are_ended_and_a_single_process_ends_well(
    manifest: Manifest, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = AlreadyClaimed("node7 works on it")
    assert ending(manifest, taken) == 0
    assert "Nothing to do: node7 works on it." in capsys.readouterr().out
    ranks = dataclasses.replace(RUN, train=dataclasses.replace(RUN.train, ranks=2))
    assert ending(write_manifest([ranks], None), taken) == 1, "the job's other ranks wait for this one"


def test_a_run_that_was_warned_asks_for_another_start(
    manifest: Manifest, warned: None, capsys: pytest.CaptureFixture[str]
) -> None:
    start(RUN, job="100_3")
    assert ending(manifest, Interrupted("SIGUSR2 after epoch 3")) == STOPPED
    assert "Stopped by SIGUSR2 after epoch 3; the same run continues from there." in capsys.readouterr().out
    assert marks(manifest) == ["requeue.100_3"]
    assert events() == ["start", "requeue"]
    assert RunFolder.of(RUN).attempts()[-1]["job"] == "100_3"


def test_the_last_start_that_the_profile_allows_gives_up(
    manifest: Manifest, warned: None, capsys: pytest.CaptureFixture[str]
) -> None:
    for attempt in (1, 2):
        start(RUN, attempt, job="100_3")
    assert ending(manifest, Interrupted("SIGUSR2 after epoch 3")) == STOPPED
    assert "It has been started 2 times, the most that the profile allows" in capsys.readouterr().out
    assert marks(manifest) == []
    assert events() == ["start", "start", "gave up"]


def test_whoever_launches_a_run_again_that_gave_up_means_all_of_its_starts(manifest: Manifest, warned: None) -> None:
    for attempt in (1, 2):
        start(RUN, attempt)
    RunFolder.of(RUN).record_attempt(event="gave up", attempt=2)
    start(RUN, 3)
    ending(manifest, Interrupted("SIGUSR2 after epoch 3"))
    assert marks(manifest) == ["requeue.100_3"]
    assert events()[-1] == "requeue"


@by_sigterm
def test_what_sigterm_meant_is_left_to_slurm_to_say(manifest: Manifest, warned: None) -> None:
    """It is scancel's, which is meant, or preemption's: the mark has the batch script ask."""
    start(RUN, job="100_3")
    assert ending(manifest, Interrupted("SIGTERM after epoch 3")) == STOPPED
    assert marks(manifest) == ["requeue.100_3"]
    assert events() == ["start"]


def test_one_rank_asks_for_all(manifest: Manifest, warned: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others end well: where a task fails, srun kills the first one, which is still writing."""
    start(RUN)
    monkeypatch.setenv("RANK", "1")
    assert ending(manifest, Interrupted("SIGUSR2 after epoch 3")) == 0
    assert (marks(manifest), events()) == ([], ["start"])


def test_without_a_scheduler_there_is_nobody_to_ask(
    manifest: Manifest, warned: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(RUN)
    for name in ("SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID"):
        monkeypatch.delenv(name)
    assert ending(manifest, Interrupted("SIGUSR2 after epoch 3")) == STOPPED
    assert (marks(manifest), events()) == ([], ["start"])


def test_a_run_that_was_started_by_hand_in_an_interactive_job_asks_nobody(
    manifest: Manifest, warned: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No script of ours would see the mark, and it has not used up its starts: the same command goes on."""
    start(RUN)
    monkeypatch.delenv("SUBMITIT_EXECUTOR")
    assert ending(manifest, Interrupted("SIGUSR2 after epoch 3")) == STOPPED
    assert (marks(manifest), events()) == ([], ["start"])


def test_a_run_of_one_process_is_no_rank_of_what_its_launcher_was_started_in(
    manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another rank than the first would train without a claim, and leave no result."""
    seen: list[str | None] = []
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setattr("jobs.worker.tasks.execute", lambda *_, **__: seen.append(os.environ.get("RANK")))
    monkeypatch.setattr("jobs.worker.tasks.listen", lambda _: None)
    assert RunTask(str(manifest.path), (0,)).run() == 0
    assert seen == [None]
