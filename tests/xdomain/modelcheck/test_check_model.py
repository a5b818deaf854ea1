"""`check-model` passes what can be trained, and says in a sentence what is wrong with models broken on purpose."""

import random
from importlib.metadata import EntryPoint

import pytest
import torch
from click.testing import CliRunner, Result
from torch import Tensor, nn

from xdomain import models
from xdomain.__main__ import main

SIZES = ["--frames", "3", "--side", "8", "--hidden", "2"]


class Base(nn.Module):
    """Works; each broken one changes one thing."""

    def __init__(self, hidden: int, frames: int, side: int, channels: int, classes: int) -> None:
        super().__init__()
        self.body = nn.Linear(frames * channels * side * side, hidden)
        self.head = nn.Linear(hidden, classes)

    def forward(self, clips: Tensor) -> Tensor:
        return self.head(self.features(self.body(clips.flatten(1))))

    def features(self, features: Tensor) -> Tensor:
        return features.tanh()


class Sound(Base):
    def features(self, features):
        return features.tanh() + features.new_tensor(1) * torch.ones(1)  # a tensor of the default type is no fault


class WrongShape(Base):
    def forward(self, clips):
        return super().forward(clips)[:, :-1]


class TakesLongerClips(Base):
    def forward(self, clips):
        return super().forward(clips) + clips[:, 5].mean()


class NotFinite(Base):
    def features(self, features):
        return features / 0


class Halved(torch.autograd.Function):
    @staticmethod
    def forward(ctx, features):
        return features.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient / 2


class WrongGradient(Base):
    def features(self, features):
        return Halved.apply(features.tanh())


class Random(Base):
    def features(self, features):
        return features * random.random()


class RandomWeights(Base):
    def __init__(self, **sizes):
        super().__init__(**sizes)
        with torch.no_grad():
            self.body.weight.mul_(random.random())


class Mixed(Base):
    def features(self, features):
        return features - features.mean(0)


class Unbuildable(Base):
    def __init__(self, **sizes):
        raise RuntimeError("out of luck")


@pytest.fixture
def checked(monkeypatch):
    """Run the command on a class of this file, as if a package had it as an entry point."""
    point = EntryPoint("mine", "", models.GROUP)

    def run(model: type) -> Result:
        monkeypatch.setattr(EntryPoint, "load", lambda _: model)
        return CliRunner().invoke(main, ["check-model", "mine", *SIZES])

    known = models.registered() | {"mine": point}
    monkeypatch.setattr(models, "registered", lambda: known)
    return run


def failed(result: Result) -> list[str]:
    return [line for line in result.output.splitlines() if line.startswith("FAILED")]


def test_a_sound_model_passes_every_check(checked):
    result = checked(Sound)
    assert result.exit_code == 0, result.output
    lines = [line.split()[:2] for line in result.output.splitlines()[1:]]
    assert lines == [["ok", check] for check in ("shapes", "independence", "determinism", "gradient", "cost")]
    assert f"{3 * 64 * 2 + 2 + 2 * 5 + 5} parameters" in result.output


@pytest.mark.parametrize(
    ("model", "check", "sentence"),
    [
        (WrongShape, "shapes", "give (2, 4) where logits (2, 5) are needed"),
        (TakesLongerClips, "shapes", "does not take 2 clips of 3×1×8×8: IndexError"),
        (NotFinite, "shapes", "not finite"),
        (Unbuildable, "shapes", "It cannot be built: RuntimeError: out of luck"),
        (WrongGradient, "gradient", "The gradient is wrong"),
        (Random, "determinism", "other loss each time"),
        (RandomWeights, "determinism", "other weights each time"),
        (Mixed, "independence", "depend on the others of its batch"),
    ],
)
def test_a_broken_model_is_one_sentence_and_exit_code_1(checked, model, check, sentence):
    result = checked(model)
    assert result.exit_code == 1, result.output
    lines = failed(result)
    assert [line.split()[1] for line in lines if sentence in line] == [check], result.output


def test_the_wrong_weights_are_named_and_the_right_ones_are_not(checked):
    (line,) = failed(checked(WrongGradient))
    assert "body.weight" in line
    assert "head" not in line, "it comes after the fault"


def test_the_studys_convlstm_passes():
    result = CliRunner().invoke(main, ["check-model", "ConvLSTM", "--frames", "4", "--side", "16"])
    assert result.exit_code == 0, result.output
    assert result.output.startswith("convlstm with hidden 8, frames 4, side 16, channels 1, classes 5")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["slowfast"], "There is no model 'slowfast'"), (["convlstm", "--side", "4"], "too short or too small")],
)
def test_what_cannot_be_checked_is_one_sentence_and_exit_code_2(arguments, sentence):
    result = CliRunner().invoke(main, ["check-model", *arguments])
    assert result.exit_code == 2
    assert sentence in result.output


def test_a_diving48_model_gets_clips_as_that_study_has_them(monkeypatch):
    seen = []
    monkeypatch.setattr("xdomain.modelcheck.checks.check", lambda subject: seen.append(subject) or [])
    result = CliRunner().invoke(main, ["check-model", "timesformer-12layers", "--frames", "8"])
    assert result.exit_code == 0, result.output
    (subject,) = seen
    assert (subject.clip_shape, subject.classes) == ((8, 3, 224, 224), 48)
