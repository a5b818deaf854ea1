"""What is known of a library's model once it is built."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # mean and standard deviation of values in [0, 1]


@dataclass(frozen=True)
class Network:
    """A library's model with a head for the study's classes, and the clips that it takes."""

    module: nn.Module
    logits: Callable[[Tensor], Tensor]  # of clips (B, T, 3, H, W), as this model takes them
    frames: int  # T
    side: int  # H and W, pixels
    mean: tuple[float, ...]  # of values in [0, 1], a number for each of the three channels
    std: tuple[float, ...]
    head: frozenset[str]  # the names of the parameters that are new, whatever weights there are
