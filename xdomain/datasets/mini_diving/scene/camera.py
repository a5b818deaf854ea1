"""A camera on a stand beside the pool: it turns after the diver, zooms a little and shakes a little.

Its pictures are orthographic, as a long lens makes them. "Sheet" coordinates are metres to the right and up of the
point below the board's tip, as the camera sees them; a pool's panorama is painted on the sheet.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class View:
    """Where the camera stands."""

    yaw: float  # radians around the pool, 0 square to the dive
    pitch: float  # radians down
    mirrored: bool  # whether it stands on the pool's other side

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Project world points (..., 3) to sheet coordinates (..., 2) and depth (...), larger being farther."""
        cos_yaw, sin_yaw = np.cos(self.yaw), np.sin(self.yaw)
        cos_pitch, sin_pitch = np.cos(self.pitch), np.sin(self.pitch)
        right = np.array([cos_yaw, sin_yaw, 0.0])
        level = np.array([-sin_yaw, cos_yaw, 0.0])  # into the picture, along the water
        up = sin_pitch * level + np.array([0, 0, cos_pitch])
        into = cos_pitch * level - np.array([0, 0, sin_pitch])
        across = points @ right
        return np.stack([-across if self.mirrored else across, points @ up], axis=-1), points @ into


@dataclass(frozen=True)
class Track:
    """What the camera shows over time: `centre` (F, 2) on the sheet, and `scale` (F,) in pixels a metre."""

    centre: np.ndarray
    scale: np.ndarray
    height: int
    width: int

    def pixels(self, sheet: np.ndarray, moment: int | slice) -> np.ndarray:
        """Map sheet points to pixels (x, y). With a slice of moments the points are (F, ..., 2)."""
        centre, scale = self.centre[moment], self.scale[moment]
        if isinstance(moment, slice):
            shape = (-1, *[1] * (sheet.ndim - 2))
            centre, scale = centre.reshape(*shape, 2), scale.reshape(*shape, 1)
        flip = np.array([1.0, -1.0])
        return (sheet - centre) * scale * flip + np.array([self.width / 2 - 0.5, self.height / 2 - 0.5])

    def sheet_to(self, moment: int, left: float, top: float, per_metre: float) -> np.ndarray:
        """Compute the affine matrix (2, 3) from this picture's pixels to a panorama's with that corner and scale."""
        zoom = per_metre / self.scale[moment]
        across, up = self.centre[moment]
        x = (across - left) * per_metre - zoom * (self.width / 2 - 0.5)
        y = (top - up) * per_metre - zoom * (self.height / 2 - 0.5)
        return np.array([[zoom, 0, x], [0, zoom, y]], dtype=np.float64)


def follow(
    rng: np.random.Generator, targets: np.ndarray, times: np.ndarray, height: int, width: int, divers: int
) -> Track:
    """Move a camera to keep `targets` (F, 2) in the picture at these `times`, lagging behind a little."""
    window = max(3, round(len(times) * rng.uniform(0.05, 0.14)))
    kernel = np.hanning(window + 2)[1:-1]
    kernel /= kernel.sum()
    aim = targets + np.array([rng.uniform(-0.25, 0.25), rng.uniform(-0.1, 0.25)])
    aim[:, 1] = np.maximum(aim[:, 1], rng.uniform(0.7, 1.1))  # it stops at the water
    padded = np.pad(aim, ((window // 2, window - 1 - window // 2), (0, 0)), mode="edge")
    centre = np.stack([np.convolve(padded[:, k], kernel, mode="valid") for k in range(2)], axis=1)
    shake = rng.uniform(0.0, 0.025)
    beats = np.arange(times[0], times[-1] + 0.2, 0.12)
    for k in range(2):
        centre[:, k] += np.interp(times, beats, shake * rng.standard_normal(len(beats)))
    part = (times - times[0]) / (times[-1] - times[0])
    scale = height * rng.uniform(0.235, 0.30) * (1 if divers == 1 else 0.88)
    return Track(centre, scale * (1 + rng.uniform(-0.12, 0.12) * (part - 0.5)), height, width)
