"""The checks of `python -m xdomain check-model`: each returns a sentence and whether it passed."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from pytorch_lightning import LightningModule
from torch import Tensor

from xdomain.core.errors import UserError
from xdomain.modelcheck.subject import CLIPS, Subject, double_precision, seeded_loss
from xdomain.training.trainer import compute

CPU = torch.device("cpu")
REPEATS = 3  # of a timed step; the fastest counts


@dataclass(frozen=True)
class Finding:
    """The outcome of one check."""

    check: str
    passed: bool
    sentence: str


def check(subject: Subject) -> Iterator[Finding]:
    """Run every check that the ones before it leave a meaning to.

    Raises:
        UserError: there is no such model, or it refuses clips of this size in a sentence of its own.
    """
    yield (shapes := check_shapes(subject))
    if not shapes.passed:
        return
    yield check_independence(subject)
    yield (determinism := check_determinism(subject))
    if determinism.passed:  # else a finite difference would be one of chance
        yield check_gradient(subject)
    yield measure_cost(subject)


def check_shapes(subject: Subject) -> Finding:
    """Check that clips (B, T, C, H, W) become finite logits (B, classes), in training and in evaluation."""
    shape = f"{CLIPS} clips of {'×'.join(map(str, subject.clip_shape))}"
    expected = (CLIPS, subject.classes)
    try:
        module, (clips, _) = subject.module(CPU), subject.batch(CPU)
    except UserError:
        raise
    except Exception as error:  # whatever a user's model may raise is the finding
        return Finding("shapes", False, f"It cannot be built: {type(error).__name__}: {error}")
    for training in (True, False):
        mode = "training" if training else "evaluation"
        try:
            with torch.no_grad():
                logits = module.train(training).model(clips)  # whose answer a run would refuse by a sentence
        except Exception as error:
            return Finding("shapes", False, f"In {mode} it does not take {shape}: {type(error).__name__}: {error}")
        if not isinstance(logits, Tensor) or tuple(logits.shape) != expected:
            returned = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
            return Finding("shapes", False, f"In {mode} {shape} give {returned} where logits {expected} are needed.")
        if not logits.isfinite().all():
            return Finding("shapes", False, f"In {mode} {shape} give logits that are not finite.")
    return Finding("shapes", True, f"{shape} give logits {expected}.")


def check_independence(subject: Subject) -> Finding:
    """Check that in evaluation a clip's logits are the same with other clips and alone."""
    with double_precision(), torch.no_grad():
        module, (clips, _) = subject.module(CPU).eval(), subject.batch(CPU)
        together, alone = module(clips), torch.cat([module(clip[None]) for clip in clips])
        same = torch.allclose(together, alone, rtol=1e-4, atol=1e-5 * float(together.abs().max()))
    if same:
        return Finding("independence", True, "In evaluation the clips of a batch do not influence each other.")
    difference = float((together - alone).abs().max())
    return Finding(
        "independence", False, f"In evaluation a clip's logits depend on the others of its batch (by {difference:.1e})."
    )


def check_determinism(subject: Subject) -> Finding:
    """Check that the same seed gives the same weights, loss and gradient, bit for bit."""

    def outcome() -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
        module = subject.module(CPU)
        weights = [weight for weight in module.parameters() if weight.requires_grad]
        loss = seeded_loss(module, *subject.batch(CPU))()
        gradients = torch.autograd.grad(loss, weights, allow_unused=True, materialize_grads=True)
        return [weight.detach() for weight in weights], [loss.detach()], list(gradients)

    first, second = outcome(), outcome()
    for what, one, other in zip(("weights", "loss", "gradients"), first, second, strict=True):
        if any(not torch.equal(a, b) for a, b in zip(one, other, strict=True)):
            return Finding("determinism", False, f"The same seed gives other {what} each time: draw from torch alone.")
    return Finding("determinism", True, "The same seed gives the same weights, loss and gradients.")


def check_gradient(subject: Subject) -> Finding:
    """Check that autograd and finite differences of the training loss agree."""
    wrong = subject.wrong_gradients(CPU)
    if not wrong:
        return Finding("gradient", True, "The gradient agrees with finite differences in float64.")
    named = ", ".join(map(str, wrong[:3])) + (f" and {len(wrong) - 3} more" if len(wrong) > 3 else "")
    return Finding(
        "gradient", False, f"The gradient is wrong, or the model computes in less than float64 in places: {named}."
    )


def measure_cost(subject: Subject) -> Finding:
    """Measure the seconds and memory that a training step takes a clip, on the device that a training would use."""
    hardware = compute()
    device = torch.device("cuda" if hardware.accelerator == "gpu" else "cpu")
    module, batch = subject.module(device), subject.batch(device)
    loss, seconds = seeded_loss(module, *batch), []
    for _ in range(REPEATS):
        began = time.perf_counter()
        loss().backward()
        if device.type == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - began)
    parameters = sum(weight.numel() for weight in module.parameters() if weight.requires_grad)
    return Finding(
        "cost",
        True,
        f"{min(seconds) / CLIPS:.3g} s a clip for a training step on {hardware.name}, "
        f"{saved_bytes(module, batch) / CLIPS / 1e6:.1f} MB a clip kept for the gradient, {parameters:,} parameters.",
    )


def saved_bytes(module: LightningModule, batch: tuple[Tensor, Tensor]) -> int:
    """Count the bytes that a forward pass keeps for the backward pass, each memory once, without the weights."""
    weights = {weight.untyped_storage().data_ptr() for weight in module.parameters()}
    kept: dict[int, torch.UntypedStorage] = {}  # the storages themselves, so that no address is used twice

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        module.training_step(batch, 0)
    return sum(storage.nbytes() for storage in kept.values())
