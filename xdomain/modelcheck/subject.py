"""A model as a training uses it, built from a seed, with clips to try it on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from xdomain.modelcheck.gradient import WrongGradient, wrong_gradients
from xdomain.models import build
from xdomain.specs.spec import TrainSpec
from xdomain.training.module import Classifier

CLIPS = 2  # of a batch: batch normalisation needs two


@contextmanager
def double_precision() -> Iterator[None]:
    """Make float64 the type of new tensors, those included that a model makes while it runs."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@dataclass(frozen=True)
class Subject:
    """A registered model and the clips that it is tried on."""

    name: str
    hidden: int
    frames: int
    side: int  # pixels
    channels: int
    classes: int
    weights: str = ""  # of a library's model; empty: random ones
    frozen: bool = False  # of a library's model only the head learns

    @property
    def clip_shape(self) -> tuple[int, ...]:
        """(T, C, H, W)."""
        return self.frames, self.channels, self.side, self.side

    def module(self, device: torch.device) -> Classifier:
        """Build the model from seed 0, in the default precision, in training mode."""
        torch.manual_seed(0)
        shape = self.frames, self.side, self.channels, self.classes
        model = build(self.name, self.hidden, *shape, self.weights, frozen=self.frozen)
        return Classifier(model, TrainSpec(), self.classes).to(device, torch.get_default_dtype()).train()

    def batch(self, device: torch.device) -> tuple[Tensor, Tensor]:
        """Draw clips (B, T, C, H, W) of normal noise, and labels (B,)."""
        torch.manual_seed(1)
        return torch.randn(CLIPS, *self.clip_shape).to(device), torch.arange(CLIPS, device=device) % self.classes

    def wrong_gradients(self, device: torch.device) -> list[WrongGradient]:
        """Find the weights along which the training loss's gradient is wrong, the clips among them; in float64."""
        with double_precision():
            module, (clips, labels) = self.module(device), self.batch(device)
            weights = {name.removeprefix("model."): w for name, w in module.named_parameters() if w.requires_grad}
            loss = seeded_loss(module, clips.requires_grad_(), labels)
            return wrong_gradients(loss, weights | {"the clips": clips})


def seeded_loss(module: Classifier, clips: Tensor, labels: Tensor) -> Callable[[], Tensor]:
    """Return a training step's loss as a function of nothing, with the same chance (dropout) at every call."""

    def loss() -> Tensor:
        torch.manual_seed(2)
        return module.training_step((clips, labels), 0)

    return loss
