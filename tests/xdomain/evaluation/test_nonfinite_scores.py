"""Scores that are NaN or infinite are found when they are written; the run says where, and the rest goes on."""

from pathlib import Path

import numpy as np
import pytest
import torch
from support.roots import set_roots
from support.tiny_runs import run_task, tiny
from support.tiny_videos import make_archive, tiny_diving

from xdomain import models
from xdomain.datasets.clip_cache.build import build_cache
from xdomain.evaluation.predictions import Outcome, nonfinite_fields, outcome, write_predictions
from xdomain.execute.run import execute
from xdomain.runs.run_folder import RunFolder, nonfinite_sentence

FINITE = np.array([[0.1, 2.0], [3.0, 0.0], [0.0, 0.5]])


@pytest.fixture(autouse=True)
def _torch_as_it_was():
    """`execute` is called in this process: a trainer's deterministic mode is not for the tests after."""
    yield
    torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_score_that_is_no_number_leaves_no_accuracy(tmp_path, value):
    scores = FINITE.copy()
    scores[1, 0] = value
    made = write_predictions(tmp_path / "x.parquet", np.array([7, 9, 12]), np.array([1, 0, 0]), scores)
    assert made == Outcome(None, (9,))
    assert (tmp_path / "x.parquet").exists(), "the evidence stays"


def test_numbers_have_an_accuracy():
    assert outcome(["a", "b", "c"], np.array([1, 0, 0]), FINITE) == Outcome(2 / 3)


def test_what_a_result_says_of_it():
    outcomes = {("S1", 3): Outcome(0.5), ("S1", 4): Outcome(None, ("b_2", "c_1")), ("T", None): Outcome(None, (7,))}
    assert nonfinite_fields({("S1", 3): Outcome(0.5)}) == {}
    fields = nonfinite_fields(outcomes)
    assert fields == {
        "status": "nonfinite",
        "nonfinite": [
            {"set": "S1", "epoch": 4, "clip": "b_2", "clips": 2},
            {"set": "T", "clip": 7, "clips": 1},
        ],
    }
    assert (
        nonfinite_sentence(fields["nonfinite"])
        == "scores are NaN or infinite on S1 at epoch 4 (clip b_2 and 1 more), T (clip 7)"
    )


def test_a_temporal_shape_run_names_the_set_and_keeps_the_others(tiny_roots, monkeypatch):
    monkeypatch.setitem(models.BUILT_IN, "overflowing", "support.overflowing_model:build")
    spec = tiny("overflowing", max_epochs=1, lr=1e-4)
    returned = execute(spec)
    assert returned.status == "nonfinite"
    result = RunFolder.of(spec).result()
    assert result["nonfinite"] == [{"set": "5dot", "clip": 0, "clips": 3}]
    assert set(result["accuracy"]) == {"validation", "2dot", "mnist", "mnist-bg"}
    assert result["clips"]["5dot"] == 3
    folder = RunFolder.of(spec)
    assert folder.attempts()[-1]["outcome"] == "nonfinite"
    assert execute(spec) == returned, "it is a result: given again, nothing is done again"


@pytest.fixture
def archive(tmp_path, monkeypatch) -> Path:
    """A data root with the archive `tiny` and its caches."""
    set_roots(monkeypatch, data=tmp_path / "data", runs=tmp_path / "runs")
    make_archive(tmp_path / "data" / "tiny")
    for part in ("train", "O"):
        build_cache(tiny_diving().data.cache(part), tmp_path / "data", workers=1)
    return tmp_path / "data"


def ruin(checkpoint: Path) -> None:
    """Let the last layer's first class score NaN."""
    content = torch.load(checkpoint, weights_only=True)
    content["state_dict"]["model.head.bias"][0] = torch.nan
    torch.save(content, checkpoint)


def test_one_epoch_without_numbers_does_not_take_the_others_with_it(archive):
    spec = tiny_diving(keep_all=True)
    trained = run_task(spec).folder
    before = trained.result()["checkpoints"]
    ruin(trained.checkpoints / "epoch-0001.ckpt")

    execute(spec.evaluation("O"))
    evaluated = RunFolder.of(spec.evaluation("O")).result()
    assert evaluated["status"] == "nonfinite"
    assert list(evaluated["checkpoints"]) == ["0", "2"]
    (entry,) = evaluated["nonfinite"]
    assert (entry["set"], entry["epoch"], entry["clip"], entry["clips"]) == ("O", 1, "testvideo00_00000", 7)

    trained.result_file.unlink()  # the training's own evaluation, made anew
    execute(spec)
    again = trained.result()
    assert again["status"] == "nonfinite"
    assert again["checkpoints"] == {epoch: before[epoch] for epoch in ("0", "2")}
    assert [(entry["set"], entry["epoch"]) for entry in again["nonfinite"]] == [("validation", 1)]

    RunFolder.of(spec.evaluation("O")).result_file.unlink()
    assert execute(spec.evaluation("O")).checkpoints == evaluated["checkpoints"], (
        "a training with a bad epoch can be evaluated"
    )
