"""The gradients that trainings follow, against finite differences of the loss that trainings minimise."""

import pytest
import torch
from support.model_geometries import ALL, demos, takes_minutes

from xdomain.modelcheck.gradient import wrong_gradients
from xdomain.modelcheck.subject import Subject
from xdomain.models import BUILT_IN
from xdomain.training.module import Classifier

DEVICES = ["cpu"] + ["cuda"] * torch.cuda.is_available()


@pytest.fixture(params=DEVICES)
def device(request) -> torch.device:
    return torch.device(request.param)


def walk() -> list:
    """Every geometry, the expensive ones marked."""
    return [
        pytest.param(
            subject,
            id=f"{subject.name}-h{subject.hidden}-{subject.frames}x{subject.side}",
            marks=[pytest.mark.slow] if takes_minutes(subject) else [],
        )
        for subject in ALL
    ]


@pytest.mark.parametrize("subject", walk())
def test_the_gradient_of_the_training_loss_agrees_with_finite_differences(subject, device):
    assert not subject.wrong_gradients(device)


def test_the_walk_meets_every_model_and_the_demos():
    assert {subject.name for subject in ALL} == set(BUILT_IN)
    assert {subject.name for subject in ALL if not takes_minutes(subject)} == set(BUILT_IN), "each in `make test`, too"
    assert {subject.side for subject in demos()} >= {64, 176}


def test_it_finds_the_batch_norm_of_transposed_frames(monkeypatch):
    """What was wrong once: a backward pass that reads a transposed gradient's memory in the input's order."""

    class Transposed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, frames, norm):  # (B·T, hidden, H, W)
            return frames.clone()

        @staticmethod
        def backward(ctx, gradient):
            return gradient.transpose(0, 1).reshape(gradient.shape), None

    subject = Subject("convlstm", 2, 4, 8, 1, 5)
    forward = torch.nn.BatchNorm2d.forward
    monkeypatch.setattr(
        torch.nn.BatchNorm2d, "forward", lambda norm, frames: Transposed.apply(forward(norm, frames), norm)
    )
    wrong = subject.wrong_gradients(torch.device("cpu"))
    assert "blocks.0.layer.input_conv.weight" in {tensor.tensor for tensor in wrong}
    assert "head.weight" not in {tensor.tensor for tensor in wrong}, "behind the fault nothing is wrong"


@pytest.mark.parametrize("size", [1.0, 1e-5])  # the smaller one is what rounding makes at the finest step
def test_a_gradient_wrong_by_a_tenth_is_found_and_named(size):
    weight = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    other = torch.tensor([3.0], dtype=torch.float64, requires_grad=True)

    def loss():
        # 1.1 times the gradient of the value that it has
        return size * (1.1 * weight.square().sum() - 0.1 * weight.square().sum().detach() + other.sum())

    (wrong,) = wrong_gradients(loss, {"weight": weight, "other": other})
    assert wrong.tensor == "weight"
    assert torch.equal(weight.detach(), torch.tensor([1.0, 2.0], dtype=torch.float64)), "and the weights are as before"


def test_a_kink_that_is_very_near_makes_no_gradient_wrong():
    weight = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    assert not wrong_gradients(lambda: (weight + 3e-8).abs().sum(), {"weight": weight})


def test_the_loss_is_that_of_a_training_step(monkeypatch):
    """Not a second forward pass that could differ from it."""
    called = []
    step = Classifier.training_step
    monkeypatch.setattr(
        Classifier, "training_step", lambda module, *args: called.append(module.training) or step(module, *args)
    )
    assert not Subject("3dcnn", 2, 8, 8, 1, 5).wrong_gradients(torch.device("cpu"))
    assert called
    assert all(called), "in training mode"
