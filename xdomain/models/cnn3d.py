"""The 3D CNN of the paper: time is one more axis to convolve along (section 3.1)."""

import torch
from torch import Tensor, nn

BLOCKS = 3


class CNN3D(nn.Module):
    """Blocks of Conv3d → ReLU → MaxPool → BatchNorm, then one linear layer on everything that is left."""

    def __init__(self, hidden: int, frames: int, side: int, channels: int, classes: int) -> None:
        super().__init__()
        blocks = []
        for block in range(BLOCKS):
            blocks += [
                nn.Conv3d(channels if block == 0 else hidden, hidden, kernel_size=3, padding=1),
                nn.ReLU(),
                nn.MaxPool3d(2),
                nn.BatchNorm3d(hidden),
            ]
        self.blocks = nn.Sequential(*blocks)
        self.blocks.to(memory_format=torch.channels_last_3d)  # few channels: about twice as fast on a CPU
        shrunk = 2**BLOCKS
        self.head = nn.Linear(hidden * (frames // shrunk) * (side // shrunk) ** 2, classes)

    def forward(self, clips: Tensor) -> Tensor:
        """(B, T, C, H, W) -> (B, classes)."""
        features = self.blocks(clips.transpose(1, 2))  # (B, C, T, H, W) -> (B, hidden, T/8, H/8, W/8)
        return self.head(features.flatten(1))


build = CNN3D
