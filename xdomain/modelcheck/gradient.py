"""Compare a loss's gradient with central finite differences along random directions."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

STEPS = (1e-7, 1e-6, 1e-5, 1e-4, 1e-3)  # kinks (ReLU, max pooling) disturb large steps, rounding disturbs small ones
FINE = (1e-8, 1e-9)  # for networks full of kinks; by these rounding would take a small gradient for right
ROUNDING = 1e-14  # of a loss of about 1
TOLERANCE = 1e-3  # of a random derivative's size; a wrong gradient is wrong by far more, and at every step


@dataclass(frozen=True)
class WrongGradient:
    """A tensor along which the two derivatives disagree."""

    tensor: str
    relative: float  # the difference, of the size that such a derivative has

    def __str__(self) -> str:
        return f"{self.tensor} (wrong by {self.relative:.1e} of its size)"


def wrong_gradients(loss: Callable[[], Tensor], tensors: dict[str, Tensor]) -> list[WrongGradient]:
    """Find the tensors along which autograd and finite differences disagree; none where the gradient is right.

    All tensors are first moved together; only where that disagrees, one by one.

    Args:
        loss: a function of the tensors without arguments, in float64; the same tensors give the same loss.
        tensors: float64 leaves that require a gradient, by the name that a report calls them.
    """
    leaves = list(tensors.values())
    gradients = torch.autograd.grad(loss(), leaves, allow_unused=True, materialize_grads=True)
    generator = torch.Generator().manual_seed(0)
    if (together := _error(loss, leaves, gradients, generator)) <= TOLERANCE:
        return []
    errors = {
        name: _error(loss, [leaf], [gradient], generator)
        for (name, leaf), gradient in zip(tensors.items(), gradients, strict=True)
    }
    wrong = [WrongGradient(name, error) for name, error in errors.items() if error > TOLERANCE]
    return sorted(wrong, key=lambda tensor: -tensor.relative) or [WrongGradient("all tensors together", together)]


def _error(
    loss: Callable[[], Tensor], leaves: Sequence[Tensor], gradients: Sequence[Tensor], generator: torch.Generator
) -> float:
    """Return how far the two derivatives along one random direction are apart, at the step where they are nearest."""
    # Drawn on the CPU, so that every device sees the same directions; every tensor moves by a length of about 1.
    direction = [
        (torch.randn(leaf.shape, generator=generator, dtype=leaf.dtype) / leaf.numel() ** 0.5).to(leaf.device)
        for leaf in leaves
    ]
    expected = float(sum((gradient * along).sum() for gradient, along in zip(gradients, direction, strict=True)))
    size = float(sum(gradient.square().mean() for gradient in gradients)) ** 0.5  # the derivative's standard deviation
    best = math.inf
    for step in (*STEPS, *FINE):
        if step in FINE and ROUNDING / step > TOLERANCE * size:
            continue
        forward, backward = (_moved(loss, leaves, direction, sign * step) for sign in (1, -1))
        difference = abs((forward - backward) / (2 * step) - expected)
        # The loss's last bits differ by rounding alone, which no gradient can be held to.
        allowed = ROUNDING * max(abs(forward), 1) / step
        if difference <= allowed:
            return 0.0
        if math.isfinite(difference) and size:
            best = min(best, (difference - allowed) / size)
        if best <= TOLERANCE:
            break
    return best


def _moved(loss: Callable[[], Tensor], leaves: Sequence[Tensor], direction: Sequence[Tensor], step: float) -> float:
    """Return the loss with the leaves moved along the direction; they are the same bits afterwards."""
    before = [leaf.detach().clone() for leaf in leaves]
    with torch.no_grad():
        for leaf, along in zip(leaves, direction, strict=True):
            leaf.add_(along, alpha=step)
        moved = float(loss())
        for leaf, old in zip(leaves, before, strict=True):
            leaf.copy_(old)
    return moved
