"""Asked to stop, a run ends after its epoch, says so, and goes on later with the same numbers."""

import os
import signal

import pytest
from support.tiny_runs import Numbers, TaskProcess, run_task, tiny, wait_until

STOPPED = 75


@pytest.mark.parametrize("number", [signal.SIGUSR2, signal.SIGTERM])
def test_a_run_that_is_asked_to_stop_does_so_after_its_epoch(tiny_roots, number):
    """SIGUSR2 comes before a time limit, SIGTERM with scancel, a preemption or a shutdown."""
    alone = Numbers.of(run_task(tiny(tag="alone", max_epochs=5)).folder)
    task = TaskProcess(tiny(max_epochs=5))
    task.wait_for_epochs(1)
    os.kill(task.process.pid, number)
    assert task.wait() == STOPPED, task.output
    assert not task.folder.is_finished()
    assert not task.folder.claim_file.exists()
    end = task.folder.attempts()[-1]
    assert (end["event"], end["outcome"]) == ("end", "interrupted")
    assert number.name in end["reason"]
    again = run_task(tiny(max_epochs=5))
    assert "Continuing after epoch" in again.output
    assert Numbers.of(again.folder) == alone


def test_a_time_limit_stops_a_run_after_its_last_epoch_that_fits(tiny_roots):
    """No signal may come at all: the run looks at the clock itself."""
    alone = Numbers.of(run_task(tiny(tag="alone")).folder)
    short = TaskProcess(tiny(), time_limit=5)
    assert short.wait() == STOPPED, short.output
    assert short.folder.attempts()[-1]["reason"] == "Interrupted: the time limit after epoch 1"
    long = TaskProcess(tiny(), time_limit=500)
    assert long.wait() == 0, long.output
    assert Numbers.of(long.folder) == alone


def test_the_epoch_in_which_the_signal_came_is_not_lost(tiny_roots):
    task = TaskProcess(tiny(max_epochs=9))
    task.wait_for_epochs(2)
    os.kill(task.process.pid, signal.SIGUSR2)
    task.wait()
    (reached,) = [line for line in task.output.splitlines() if line.startswith("Stopped by")]
    epochs = int(reached.partition("after epoch ")[2].split(";")[0])
    assert epochs >= 3
    assert (task.folder.checkpoints / f"last-{epochs - 1:04d}.ckpt").exists()


def test_a_signal_during_the_evaluation_does_not_stop_it(tiny_roots):
    """It takes seconds, and then the run is finished."""
    task = TaskProcess(tiny())
    wait_until(task.folder.predictions_file("validation").exists)
    os.kill(task.process.pid, signal.SIGUSR2)
    assert task.wait() == 0, task.output
    assert task.folder.is_finished()


def test_a_keyboards_interrupt_is_an_interruption_not_a_failure(tiny_roots):
    task = TaskProcess(tiny(max_epochs=9))
    task.wait_for_epochs(1)
    os.kill(task.process.pid, signal.SIGINT)
    assert task.wait() != 0
    assert task.folder.attempts()[-1]["outcome"] == "interrupted"
    assert not task.folder.claim_file.exists()


def test_an_old_request_does_not_stop_a_new_run(tiny_roots):
    """`--cluster debug` runs one after another in one process."""
    from xdomain.core import interruption

    before = signal.getsignal(signal.SIGUSR2)
    try:
        interruption.watch(signal.SIGUSR2)
        os.kill(os.getpid(), signal.SIGUSR2)
        assert interruption.asked_by() == "SIGUSR2"
        interruption.watch(signal.SIGUSR2)
        assert interruption.asked_by() is None
    finally:
        signal.signal(signal.SIGUSR2, before)
