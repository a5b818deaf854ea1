"""Trackers are extras: with one, a run writes its files too and computes the same."""

import pytest
from support.tiny_runs import Numbers, run_task, tiny


def test_tensorboard_writes_its_events_into_the_run_folder(tiny_roots):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    plain = Numbers.of(run_task(tiny(max_epochs=2, tag="plain")).folder)
    folder = run_task(tiny(max_epochs=2), tracker="tensorboard").folder
    assert Numbers.of(folder) == plain
    events = EventAccumulator(str(folder.path / "tensorboard"))
    events.Reload()
    accuracies = [event.value for event in events.Scalars("val_acc")]
    assert accuracies == [float(row["val_acc"]) for row in plain.epochs]


def test_weights_and_biases_stays_offline_and_in_the_run_folder(tiny_roots, monkeypatch):
    pytest.importorskip("wandb")
    folder = run_task(tiny(max_epochs=1), tracker="wandb").folder
    assert folder.is_finished()
    (run,) = (folder.path / "wandb").glob("offline-run-*")
    assert run.name.endswith("ts-tiny-2dot-3dcnn-h2-seed42")
    assert list(run.glob("*.wandb"))
