"""Logits, gradients, a step of SGD and running statistics of every model against functional_models.py, in float64."""

from functools import partial

import pytest
import torch
from support import functional_models as reference

from xdomain.modelcheck.subject import Subject, double_precision
from xdomain.training.module import Classifier

EXACT = {"rtol": 0, "atol": 1e-9}
CASES = {
    "3dcnn": (Subject("3dcnn", 3, 9, 16, 1, 5), partial(reference.cnn3d, kernels=(3, 3, 3), padding=0)),
    "3dcnn-4blocks": (
        Subject("3dcnn-4blocks", 2, 32, 16, 3, 4), partial(reference.cnn3d, kernels=(7, 7, 5, 3), padding=0)
    ),
    "3dcnn-6blocks": (
        Subject("3dcnn-6blocks", 2, 4, 12, 3, 4), partial(reference.cnn3d, kernels=(7, 7, 7, 5, 3, 3), padding=1)
    ),
    "3dcnn-11layers": (Subject("3dcnn-11layers", 4, 16, 32, 3, 4), partial(reference.deep_cnn3d, padding=1)),
    "3dcnn-11layers-unpadded": (
        Subject("3dcnn-11layers-unpadded", 4, 16, 32, 3, 4), partial(reference.deep_cnn3d, padding=0)
    ),
    "convlstm": (
        Subject("convlstm", 3, 5, 17, 2, 5), partial(reference.convlstm, kernels=(3, 3, 3), stride=1, all_steps=False)
    ),
    "convlstm-4blocks": (
        Subject("convlstm-4blocks", 2, 3, 176, 3, 4),
        partial(reference.convlstm, kernels=(7, 7, 5, 3), stride=2, all_steps=True),
    ),
    "timesformer-1": (Subject("timesformer-1", 8, 3, 32, 1, 5), partial(reference.timesformer, heads=1, depth=3)),
    "timesformer-4layers": (
        Subject("timesformer-4layers", 12, 2, 48, 3, 4), partial(reference.timesformer, heads=8, depth=4)
    ),
    # In so narrow heads space has no rotary embedding.
    "timesformer-8": (Subject("timesformer-8", 2, 2, 32, 1, 5), partial(reference.timesformer, heads=8, depth=3)),
}  # fmt: skip


@pytest.fixture(autouse=True)
def double():
    with double_precision():
        yield


def made(subject: Subject) -> Classifier:
    """Return the model with weights that are anything but their symmetric beginnings."""
    module = subject.module(torch.device("cpu"))
    with torch.no_grad():
        for weight in module.parameters():
            weight.add_(0.05 * torch.randn_like(weight))
    for name, part in module.named_modules():
        if name.endswith("frame_rot_emb"):  # the library keeps these in 32 bits
            exact = reference.time_angles(2, part.inv_freqs.numel() * 2)[1, : part.inv_freqs.numel()]
            torch.testing.assert_close(part.inv_freqs, exact, rtol=1e-6, atol=0, check_dtype=False)
            part.inv_freqs = exact
    return module


@pytest.mark.parametrize("name", CASES)
def test_a_step_is_that_of_the_reference(name):
    subject, forward = CASES[name]
    module, (clips, labels) = made(subject), subject.batch(torch.device("cpu"))
    weights = {name: weight.detach().clone().requires_grad_() for name, weight in module.model.named_parameters()}
    stats = {}
    logits = forward(clips, weights, stats)
    loss = -logits.log_softmax(1)[torch.arange(len(labels)), labels].mean()
    gradients = dict(zip(weights, torch.autograd.grad(loss, list(weights.values())), strict=True))

    ours = module(clips)
    torch.testing.assert_close(ours, logits, **EXACT)
    for part in module.model.modules():
        if hasattr(part, "reset_running_stats"):
            part.reset_running_stats()
    optimizer = module.configure_optimizers()
    module.training_step((clips, labels), 0).backward()
    optimizer.step()

    for weight_name, weight in module.model.named_parameters():
        torch.testing.assert_close(weight.grad, gradients[weight_name], **EXACT, msg=weight_name)
        stepped = weights[weight_name] - 0.001 * (gradients[weight_name] + 1e-5 * weights[weight_name])
        torch.testing.assert_close(weight.detach(), stepped.detach(), **EXACT, msg=weight_name)
    state = module.model.state_dict()
    assert {key.removesuffix(".running_mean") for key in state if key.endswith("running_mean")} == set(stats)
    for norm, (mean, variance) in stats.items():  # a momentum of 0.1, from 0 and 1
        torch.testing.assert_close(state[f"{norm}.running_mean"], 0.1 * mean, **EXACT)
        torch.testing.assert_close(state[f"{norm}.running_var"], 0.9 + 0.1 * variance, **EXACT)
