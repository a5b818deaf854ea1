"""A model and a domain of one's own, for Temporal Shape. pyproject.toml beside this file registers them."""

import numpy as np
import torch
from torch import Tensor, nn

ARM = 3  # pixels of the cross on each side of its centre


class Difference(nn.Module):
    """Classify a clip by how its frames differ from one to the next: without motion it sees nothing."""

    def __init__(self, hidden: int, frames: int, side: int, channels: int, classes: int) -> None:
        """Take the sizes that every model of the project is built with; `side` is in pixels."""
        super().__init__()
        self.body = nn.Sequential(nn.AvgPool2d(side // 8), nn.Flatten(), nn.Linear(64 * channels, hidden), nn.ReLU())
        self.head = nn.Linear((frames - 1) * hidden, classes)

    def forward(self, clips: Tensor) -> Tensor:
        """Compute logits (B, classes) from clips (B, T, C, H, W)."""
        differences = clips[:, 1:] - clips[:, :-1]
        seen = self.body(differences.flatten(0, 1))  # (B · (T − 1), hidden)
        return torch.as_tensor(self.head(seen.unflatten(0, differences.shape[:2]).flatten(1)))


def build(hidden: int, frames: int, side: int, channels: int, classes: int) -> nn.Module:
    """Build the model, as the registry asks for it."""
    return Difference(hidden, frames, side, channels, classes)


def cross(frames: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Draw a white cross where the object is, on black: the same trajectories with another object.

    `frames` is (T, 64, 64, 1) uint8, `positions` (T, 2), x and y in pixels; returns what `frames` is.
    """
    made = np.zeros_like(frames)
    for frame, (x, y) in zip(made, positions.astype(int), strict=True):
        frame[max(y, 0), max(x - ARM, 0) : x + ARM + 1] = 255
        frame[max(y - ARM, 0) : y + ARM + 1, max(x, 0)] = 255
    return made
