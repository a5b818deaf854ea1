"""Gradient (Perlin) noise, the background of the `mnist-bg` domain (paper section 3.2).

A field is linear in the gradients at the lattice's corners, and each corner's weight is a product of one
factor per axis, so that a whole frame is two small matrix products instead of a loop over its pixels:

    field = weight · gx · reachᵀ + reach · gy · weightᵀ

with `weight[pixel, corner]` the faded interpolation weight along an axis and `reach` that weight times the
signed distance from the corner. In double precision the bytes hardly hang on how a BLAS orders its sums.
"""

from functools import cache

import numpy as np

from xdomain.datasets.temporal_shape.render import WHITE
from xdomain.studies.temporal_shape import FRAMES, SIDE

COARSEST, FINEST = 1, 9  # cells along a side of the frame


@cache
def _axis(cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Compute `weight` and `reach`, (64, cells + 1) each: what every corner gives to every pixel along one axis."""
    coordinate = np.arange(SIDE) * cells / SIDE  # in cells
    distance = coordinate[:, None] - np.arange(cells + 1)
    near = np.clip(1 - np.abs(distance), 0, 1)  # 1 at the corner, 0 from the next corner on
    weight = near**3 * (near * (6 * near - 15) + 10)  # Perlin's quintic fade
    return weight, weight * distance


def noise(gradients: np.ndarray) -> np.ndarray:
    """Compute fields (F, 64, 64), about -0.6 to 0.6, from gradients (F, 2, cells + 1, cells + 1).

    The 2 are a gradient's x and y parts. Grids are indexed [row, column]; corner (0, 0) lies on pixel (0, 0).
    """
    weight, reach = _axis(gradients.shape[-1] - 1)
    rows = gradients @ np.stack([reach.T, weight.T])  # F x 2 x corners x 64: along x
    return np.hstack([weight, reach]) @ rows.reshape(len(gradients), -1, SIDE)  # F x 64 x 64: along y


def background(rng: np.random.Generator, cells: int, intensity: float) -> np.ndarray:
    """Draw the background (20, 64, 64) of one clip: signed grey levels, from a lattice of `cells` cells along a side.

    Each frame has gradients of its own. A gradient's parts are uniform in [-1, 1]: of length one, they would give
    a standard deviation of 0.22, and the released clips have 0.175.
    """
    strongest = WHITE * intensity  # a field value of 1 would be white at intensity 1
    return noise(rng.uniform(-strongest, strongest, size=(FRAMES, 2, cells + 1, cells + 1)))
