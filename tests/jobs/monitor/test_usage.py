"""GPU-hours from attempt records, added up by hand."""

import json
import os

import pytest
from support.made_launches import end, leave_result, start
from support.tiny_runs import tiny

from jobs.monitor.usage import usage_by_model, usage_of
from xdomain.core.claims.claim import claimed
from xdomain.core.errors import UserError
from xdomain.execute import run as running
from xdomain.runs.attempt_record import last_sign
from xdomain.runs.run_folder import RunFolder

SPEC = tiny()
BEGAN = 1_000_000.0
HOUR = 3600.0


@pytest.fixture(autouse=True)
def roots(tiny_roots):
    return tiny_roots


def touch(file, when):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    os.utime(file, (when, when))


def metrics(folder: RunFolder, *seconds: float, when: float = BEGAN) -> None:
    rows = "".join(f"{epoch},{value}\n" for epoch, value in enumerate(seconds))
    folder.metrics_file.write_text("epoch,seconds\n" + rows)
    os.utime(folder.metrics_file, (when, when))


def test_a_finished_attempt_is_its_seconds_times_its_gpus():
    start(SPEC, gpus=2.0, time=BEGAN)
    end(SPEC, "finished", seconds=2 * HOUR)
    leave_result(SPEC, seconds={"train": HOUR, "evaluate": HOUR / 2})
    usage = usage_of(RunFolder.of(SPEC))
    assert (usage.attempts, usage.killed) == (1, 0)
    assert (usage.hours, usage.gpu_hours) == (2, 4)
    assert (usage.useful_hours, usage.useful_gpu_hours) == (1.5, 3)


def test_a_share_of_a_gpu_is_a_share_of_its_hours():
    start(SPEC, gpus=0.25)
    end(SPEC, "failed", "x", seconds=HOUR)
    assert usage_of(RunFolder.of(SPEC)).gpu_hours == 0.25


def test_the_epochs_that_were_kept_are_useful():
    folder = start(SPEC)
    metrics(folder, 900, 900)
    end(SPEC, "interrupted", "Interrupted: SIGUSR2 after epoch 2", seconds=HOUR)
    assert usage_of(folder).useful_gpu_hours == pytest.approx(0.5)


def test_a_killed_last_attempt_lasted_until_its_last_sign_of_life(tmp_path):
    log = tmp_path / "job.out"
    folder = start(SPEC, time=BEGAN, log=str(log))
    metrics(folder, 900, when=BEGAN + 1000)
    touch(log, BEGAN + 1100)
    touch(folder.checkpoints / "last-0001.ckpt", BEGAN + 1200)
    usage = usage_of(folder)
    assert usage.killed == 1
    assert usage.hours == pytest.approx(1200 / HOUR)
    folder.claim_file.write_text(
        json.dumps({"token": "0" * 32, "host": "node7", "pid": 1, "machine": "another", "job": None})
    )
    touch(folder.claim_file, BEGAN + 1300)
    assert usage_of(folder).hours == pytest.approx(1300 / HOUR)


def test_a_claim_of_another_process_is_no_sign_of_its_life():
    folder = start(SPEC, time=BEGAN)
    folder.claim_file.write_text(
        json.dumps({"token": "0" * 32, "host": "node8", "pid": 1, "machine": "another", "job": None})
    )
    touch(folder.claim_file, BEGAN + 1300)
    assert usage_of(folder).hours == 0


def test_a_killed_attempt_in_a_shared_log_lasted_until_the_next_began(tmp_path):
    """A requeued job writes to one log, so that the log's time is the later attempt's."""
    log = tmp_path / "job.out"
    start(SPEC, time=BEGAN, log=str(log))
    folder = start(SPEC, attempt=2, time=BEGAN + HOUR, log=str(log))
    end(SPEC, "finished", attempt=2, seconds=HOUR)
    touch(log, BEGAN + 2 * HOUR)
    usage = usage_of(folder)
    assert (usage.attempts, usage.killed, usage.hours) == (2, 1, 2)


def test_a_killed_attempt_lasted_until_it_was_last_alive_and_not_until_a_gpu_was_free_again(tmp_path):
    log = tmp_path / "job.out"
    folder = start(SPEC, time=BEGAN, log=str(log))
    metrics(folder, 900, when=BEGAN + 1000)
    touch(folder.claim_file, BEGAN + 1300)
    left = last_sign(folder)
    start(SPEC, attempt=2, time=BEGAN + 12 * HOUR, log=str(log), left=left)
    end(SPEC, "finished", attempt=2, seconds=HOUR)
    assert usage_of(folder).hours == pytest.approx(1 + 1300 / HOUR)


def test_a_run_writes_down_when_the_attempt_before_it_was_last_alive(monkeypatch):
    """Before its claim is another's; of one that ended by itself its own seconds count."""

    class Study:
        def execute(self, *_):
            raise UserError("no data")

    monkeypatch.setattr(running, "study_of", lambda key: Study())
    folder = start(SPEC, time=BEGAN, pid=0)
    touch(folder.checkpoints / "last-0001.ckpt", BEGAN + 1200)
    for _ in range(2):
        with pytest.raises(UserError):
            running.execute(SPEC)
    assert [event.get("left") for event in folder.attempts() if event["event"] == "start"] == [None, BEGAN + 1200, None]


def test_a_killed_attempt_with_a_log_of_its_own_does_not_last_until_the_next_morning(tmp_path):
    first, second = tmp_path / "1.out", tmp_path / "2.out"
    start(SPEC, time=BEGAN, log=str(first))
    folder = start(SPEC, attempt=2, time=BEGAN + 12 * HOUR, log=str(second))
    end(SPEC, "finished", attempt=2, seconds=HOUR)
    touch(first, BEGAN + HOUR)
    assert usage_of(folder).hours == 2


def test_an_attempt_at_work_is_not_a_killed_one():
    folder = start(SPEC, host="me", pid=os.getpid())
    with claimed(folder.claim_file):
        assert usage_of(folder).killed == 0
    assert usage_of(folder).killed == 1


@pytest.mark.parametrize("left", ["", "epoch,sec", "epoch,seconds\n0,none\n"])
def test_truncated_metrics_are_not_useful_and_no_error(left):
    folder = start(SPEC)
    folder.metrics_file.write_text(left)
    end(SPEC, "failed", "x", seconds=HOUR)
    assert usage_of(folder).useful_hours == 0


def test_a_run_that_was_not_started_costs_nothing():
    assert vars(usage_of(RunFolder.of(SPEC))) == vars(usage_of(RunFolder.of(tiny(seed=61))))
    assert usage_of(RunFolder.of(SPEC)).attempts == 0


def test_sums_per_study_and_model():
    specs = [tiny("convlstm", seed=42), tiny("convlstm", seed=61), tiny("3dcnn"), tiny("3dcnn", tag="other")]
    for spec, hours in zip(specs, (1, 2, 4, 8), strict=True):
        start(spec)
        end(spec, "failed", "x", seconds=hours * HOUR)
    sums = {key: usage.gpu_hours for key, usage in usage_by_model((spec, None) for spec in specs).items()}
    assert sums == {("ts-tiny", "convlstm"): 3, ("ts-tiny", "3dcnn"): 4, ("ts-other", "3dcnn"): 8}
