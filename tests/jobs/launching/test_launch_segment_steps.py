"""A step of a chain inside a job: its command's exit code, and what becomes of both when they are asked to stop."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.tiny_runs import wait_until

from jobs.worker.single import STOPPED

SLOW = "('timeit', '-n', '1', '-r', '1', 'import time; time.sleep(60)')"


def started(logs: Path, words: str, restarts: int = 0, job: str = "77") -> subprocess.Popen:
    """A job's task that may be started three times, leader of its processes as in a job step."""
    task = f"from jobs.worker.command import CommandTask; CommandTask({words}, {{}}, {str(logs)!r}, max_attempts=3)()"
    environment = os.environ | {"SLURM_JOB_ID": job, "SLURM_RESTART_COUNT": str(restarts)}
    environment.pop("SLURM_ARRAY_JOB_ID", None)
    return subprocess.Popen([sys.executable, "-c", task], env=environment, start_new_session=True)


def stopped(task: subprocess.Popen, number: int) -> int:
    """Signal all of its processes once the command is at work, as Slurm does; the exit code."""
    children = Path(f"/proc/{task.pid}/task/{task.pid}/children")
    # The new process is Python already, and not its parent's copy, when its words are those of the command.
    wait_until(lambda: [c for c in children.read_text().split() if b"timeit" in command_of(c)])
    try:
        os.killpg(task.pid, number)
        return task.wait()
    finally:
        require_all_gone(task)


def command_of(process: str) -> bytes:
    return Path(f"/proc/{process}/cmdline").read_bytes().partition(b"-m\0")[2]


def require_all_gone(task: subprocess.Popen) -> None:
    """No process of the task may outlive it, nor this test."""
    with pytest.raises(ProcessLookupError):
        os.killpg(task.pid, signal.SIGKILL)


def marks(logs: Path) -> list[str]:
    return sorted(path.name for path in logs.iterdir())


def test_slurm_s_warning_ends_the_command_and_asks_for_another_start(tmp_path):
    assert stopped(started(tmp_path, SLOW), signal.SIGUSR2) == STOPPED
    assert marks(tmp_path) == ["requeue.77"]


def test_the_last_attempt_asks_for_no_other(tmp_path):
    assert stopped(started(tmp_path, SLOW, restarts=2), signal.SIGUSR2) == STOPPED
    assert marks(tmp_path) == []


def test_the_starts_of_jobs_that_it_goes_on_for_count_too(tmp_path):
    """Where requeueing is forbidden every start is a job of its own, which Slurm calls its first."""
    (tmp_path / "follow-up.77").write_text("76\n")
    (tmp_path / "follow-up.76").write_text("75\n")
    assert stopped(started(tmp_path, SLOW), signal.SIGUSR2) == STOPPED
    assert marks(tmp_path) == ["follow-up.76", "follow-up.77"]


def test_a_step_that_hears_sigterm_leaves_it_to_the_batch_script_whether_it_was_cancelled(tmp_path):
    assert stopped(started(tmp_path, SLOW), signal.SIGTERM) == STOPPED
    assert marks(tmp_path) == ["requeue.77"]


@pytest.mark.parametrize(("words", "code"), [("('timeit', '-n', '1', 'pass')", 0), ("('json.tool', 'absent')", 2)])
def test_otherwise_the_exit_code_is_the_command_s(tmp_path, words, code):
    assert started(tmp_path, words).wait() == code
    assert marks(tmp_path) == []
