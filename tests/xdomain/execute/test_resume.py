"""A run that is killed at any moment ends with the very numbers of a run that is left alone."""

import random
import time

import pytest
from support.roots import set_roots
from support.tiny_runs import Numbers, TaskProcess, epochs_of, kill, run_task, tiny, wait_until


def starts_of(task: TaskProcess) -> list[int]:
    """List the attempts of a run that have begun."""
    return [event["attempt"] for event in task.folder.attempts() if event["event"] == "start"]


def wait_for(task: TaskProcess, epochs: int, starts: int) -> None:
    """Wait until so many epochs have ended and so many attempts have begun, or the task has ended."""
    wait_until(
        lambda: (
            (len(epochs_of(task.folder)) >= epochs and len(starts_of(task)) >= starts)
            or task.process.exitcode is not None
        )
    )


def test_a_timesformer_is_continued_too(tiny_roots):
    alone = Numbers.of(run_task(tiny("timesformer-8", tag="alone")).folder)
    task = TaskProcess(tiny("timesformer-8"))
    wait_until((task.folder.checkpoints / "last-0000.ckpt").exists)
    kill(task)
    assert Numbers.of(run_task(tiny("timesformer-8")).folder) == alone


@pytest.mark.parametrize("model", ["3dcnn", "convlstm"])
def test_killed_at_random_moments(tiny_roots, model):
    chance = random.Random(model)
    alone = Numbers.of(run_task(tiny(model, tag="alone", max_epochs=4)).folder)
    spec, kills, starts = tiny(model, max_epochs=4), 0, list[int]()
    for epochs in (0, 1, 2, 3):  # whether the checkpoint of that epoch is whole by then is left to chance
        task = TaskProcess(spec)
        if epochs:  # the first one may be killed before it has written that it began
            wait_for(task, epochs, len(starts) + 1)
        time.sleep(chance.random() * 0.3)
        kill(task)
        kills += task.process.exitcode == -9
        starts = starts_of(task)
    assert kills >= 3, "too few kills for a proof"
    last = run_task(spec)
    assert Numbers.of(last.folder) == alone
    assert "Continuing after epoch" in last.output
    starts = starts_of(last)
    assert starts == list(range(1, len(starts) + 1))
    assert last.folder.result()["attempts"] == len(starts) >= kills - 1  # the first kill may be too early for a line


def test_killed_while_it_writes_predictions(tiny_roots):
    alone = Numbers.of(run_task(tiny(tag="alone")).folder)
    task = TaskProcess(tiny())
    wait_until(task.folder.predictions_file("2dot").exists)
    kill(task)
    assert not task.folder.is_finished(), "the result is written last"
    again = run_task(tiny())
    assert "epoch" not in again.output.partition("Continuing after epoch 3")[2]
    assert Numbers.of(again.folder) == alone


def test_what_a_killed_writer_left_is_removed(tiny_roots):
    """Predictions, checkpoints and the result are written beside their names; no copy stays there for ever."""
    task = TaskProcess(tiny())
    wait_until((task.folder.checkpoints / "last-0000.ckpt").exists)
    kill(task)
    left = [
        task.folder.predictions_file("2dot").with_name(".2dot.parquet.0123abcd.tmp"),
        task.folder.checkpoints / ".best.ckpt.0123abcd.tmp",
        task.folder.path / ".result.json.0123abcd.tmp",
    ]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    run_task(tiny())
    assert not list(task.folder.path.rglob("*.tmp"))


@pytest.mark.parametrize("values", [{"max_epochs": 3}, {"max_epochs": 6, "patience": 1}])
def test_a_training_that_had_ended_is_only_evaluated(tiny_roots, values):
    """All epochs done, or patience used up: no further epoch is trained."""
    first = run_task(tiny(**values))
    numbers = Numbers.of(first.folder)
    assert numbers.result["epochs"] < 6
    first.folder.result_file.unlink()
    for file in first.folder.path.glob("predictions/*"):
        file.unlink()
    again = run_task(tiny(**values))
    assert f"Continuing after epoch {numbers.result['epochs']}" in again.output
    assert "train loss" not in again.output
    assert Numbers.of(again.folder) == numbers


def test_a_finished_run_is_left_as_it_is(tiny_roots):
    first = run_task(tiny())
    before = first.folder.result_file.read_bytes(), first.folder.attempts()
    again = run_task(tiny())
    assert (again.folder.result_file.read_bytes(), again.folder.attempts()) == before
    assert "epoch" not in again.output


def test_patience_0_survives_a_kill(tiny_roots):
    """The first epoch is better than none, so training goes on after it, resumed or not."""
    values = {"patience": 0}
    alone = Numbers.of(run_task(tiny(tag="alone", **values)).folder)
    assert alone.result["epochs"] > 1
    task = TaskProcess(tiny(**values))
    wait_until((task.folder.checkpoints / "last-0000.ckpt").exists)
    kill(task)
    assert Numbers.of(run_task(tiny(**values)).folder) == alone


def test_a_run_continues_where_the_runs_are_seen_under_another_path(tiny_roots, monkeypatch):
    """A scratch moved, or bound elsewhere in an image: a later, worse epoch must not take the best one's place."""
    alone = Numbers.of(run_task(tiny("convlstm", tag="alone", seed=43)).folder)
    assert alone.result["best_epoch"] == 0, "this test needs a run whose first epoch is its best: choose another seed"
    task = TaskProcess(tiny("convlstm", seed=43))
    wait_until((task.folder.checkpoints / "last-0000.ckpt").exists)
    kill(task)
    moved = tiny_roots.with_name("moved")
    tiny_roots.rename(moved)
    set_roots(monkeypatch, runs=moved)
    again = run_task(tiny("convlstm", seed=43))
    assert "Continuing after epoch" in again.output
    assert Numbers.of(again.folder) == alone
    kept = sorted(path.name for path in again.folder.checkpoints.iterdir())
    assert kept == ["best.ckpt", "last-0001.ckpt", "last-0002.ckpt"]
