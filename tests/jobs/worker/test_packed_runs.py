"""Runs that share one job are processes of their own: the same numbers, and none takes a sibling along."""

import os
import signal

from support.tiny_runs import Numbers, TaskProcess, run_task, tiny, wait_until

from xdomain.runs.run_folder import RunFolder

LONG = {"max_epochs": 50, "patience": 50}  # long enough to be met at work on any machine
PAIR = (tiny(**LONG), tiny(seed=61, **LONG))
STOPPED = 75


def both_at_work(task: TaskProcess) -> list[RunFolder]:
    folders = [RunFolder.of(spec) for spec in PAIR]

    def at_work() -> bool:
        return all(list(folder.checkpoints.glob("last-*.ckpt")) for folder in folders)

    wait_until(lambda: at_work() or task.process.exitcode is not None)
    assert task.process.exitcode is None, task.output
    return folders


def test_packed_runs_stop_together_and_continue_with_the_same_numbers(tiny_roots):
    alone = Numbers.of(run_task(tiny(tag="alone", **LONG)).folder)
    task = TaskProcess(PAIR[0], beside=PAIR[1:])
    folders = both_at_work(task)
    os.kill(task.process.pid, signal.SIGUSR2)
    assert task.wait() in (STOPPED, 0), task.output
    assert not all(folder.is_finished() for folder in folders)
    again = TaskProcess(PAIR[0], beside=PAIR[1:])
    assert again.wait() == 0, again.output
    assert Numbers.of(folders[0]) == alone
    assert Numbers.of(folders[1]) != alone
    assert len({event["pid"] for folder in folders for event in folder.attempts() if "pid" in event}) >= 3


def test_a_packed_run_that_is_killed_fails_alone(tiny_roots):
    task = TaskProcess(PAIR[0], beside=PAIR[1:])
    killed, spared = both_at_work(task)
    os.kill(killed.attempts()[0]["pid"], signal.SIGKILL)
    assert task.wait() not in (0, STOPPED), "the job says that something went wrong"
    assert spared.is_finished()
    assert not killed.is_finished()
