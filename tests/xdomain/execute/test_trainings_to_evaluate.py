"""Which trainings an evaluation of videos takes: one that finished, kept weights, and saw such clips."""

import dataclasses

import pytest
from support.made_diving import training, write_training
from support.roots import set_roots

from xdomain.core.errors import UserError
from xdomain.execute.video_evaluation import evaluate
from xdomain.runs.run_folder import RunFolder

TRAINING = training("3dcnn-4blocks")


@pytest.fixture(autouse=True)
def runs_root(tmp_path, monkeypatch) -> None:
    set_roots(monkeypatch, runs=tmp_path)


def refusal(spec=TRAINING) -> str:
    """What the evaluation of a training on S1 says, before any clip is opened."""
    evaluation = spec.evaluation("S1")
    with pytest.raises(UserError) as refused:
        evaluate(evaluation, RunFolder.of(evaluation))
    return str(refused.value)


def test_one_that_has_not_finished_is_waited_for() -> None:
    assert "has not finished, so there is nothing to evaluate yet. Launch it first, or wait for it" in refusal()


def test_one_that_diverged_has_no_weights() -> None:
    write_training(TRAINING, status="diverged", diverged_epoch=2, checkpoints={})
    assert refusal() == f"The training {TRAINING.id} diverged: it has no weights to evaluate."


def test_one_of_other_clips_names_what_differs() -> None:
    write_training(TRAINING)
    other = dataclasses.replace(TRAINING, data=dataclasses.replace(TRAINING.data, side=112, frames=16))
    assert "was trained with another frames, side than this evaluation has" in refusal(other)
