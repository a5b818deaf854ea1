"""The 3D CNNs of the paper: time is one more axis to convolve along (section 3.1, Table 16)."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn

from xdomain.models.shapes import require_pixels

MULTIPLES = (1 / 4, 1 / 2, 1, 1, 1, 2, 2, 2, 4, 4, 4)  # experiment d's widths 32, 64, 128 ... 512, for h = 128
POOLED = (3, 5, 7, 10)  # the layers of experiment d after which it pools


def block(channels: int, hidden: int, kernel: int, pool: nn.Module | None) -> list[nn.Module]:
    """Stack Conv3d → ReLU → MaxPool (if any) → BatchNorm, with same padding."""
    layers = [nn.Conv3d(channels, hidden, kernel, padding=kernel // 2), nn.ReLU(), pool, nn.BatchNorm3d(hidden)]
    return [layer for layer in layers if layer is not None]


class CNN3D(nn.Module):
    """One block a kernel, each halving time and space, then one linear layer on everything that is left.

    More than four blocks pool with a padding of 1, or nothing would be left.
    """

    def __init__(
        self, kernels: Sequence[int], hidden: int, frames: int, side: int, channels: int, classes: int
    ) -> None:
        super().__init__()
        padding = int(len(kernels) > 4)
        blocks = []
        for i, kernel in enumerate(kernels):
            blocks += block(hidden if i else channels, hidden, kernel, nn.MaxPool3d(2, padding=padding))
        self.blocks = nn.Sequential(*blocks)
        # Few channels: about twice as fast on a CPU. (torch documents this call; its annotations lack it.)
        self.blocks.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
        for _ in kernels:
            frames, side = frames // 2 + padding, side // 2 + padding
        require_pixels("3D CNN", frames * side)
        self.head = nn.Linear(hidden * frames * side**2, classes)

    def forward(self, clips: Tensor) -> Tensor:
        """Map clips (B, T, C, H, W) to logits (B, classes)."""
        features = self.blocks(clips.transpose(1, 2))  # (B, C, T, H, W) -> (B, hidden, T', H', W')
        return self.head(features.flatten(1))


class DeepCNN3D(nn.Module):
    """Experiment d's eleven layers: pooling after four of them, then the average over time and space.

    The published models of more than four layers pool with a padding of 1. Table 16 says nothing of it, so that
    `padding` 0 is another reading; neither has other parameters.
    """

    def __init__(self, padding: int, hidden: int, frames: int, side: int, channels: int, classes: int) -> None:
        super().__init__()
        left = min(frames, side)
        for _ in POOLED:
            left = left // 2 + padding
        require_pixels("11-layer 3D CNN", left)
        widths = [max(1, int(multiple * hidden)) for multiple in MULTIPLES]
        layers = []
        for number, width in enumerate(widths, start=1):
            pool = nn.MaxPool3d(2, padding=padding) if number in POOLED else None
            layers += block(channels, width, 5 if number == 1 else 3, pool)
            channels = width
        self.layers = nn.Sequential(*layers)
        self.layers.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
        self.head = nn.Linear(channels, classes)

    def forward(self, clips: Tensor) -> Tensor:
        """Map clips (B, T, C, H, W) to logits (B, classes)."""
        return self.head(self.layers(clips.transpose(1, 2)).mean(dim=(2, 3, 4)))


build = partial(CNN3D, (3, 3, 3))
build_four_blocks = partial(CNN3D, (7, 7, 5, 3))
build_six_blocks = partial(CNN3D, (7, 7, 7, 5, 3, 3))
build_eleven_layers = partial(DeepCNN3D, 1)
build_eleven_layers_unpadded = partial(DeepCNN3D, 0)
