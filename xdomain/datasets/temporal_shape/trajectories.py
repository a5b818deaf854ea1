"""Move the object of a Temporal Shape clip: five classes of trajectory (paper section 3.2).

Coordinates are (x, y) = (column, row) in pixels, y downwards; N counts clips, T = 20 frames.
"""

from collections.abc import Callable

import numpy as np

from xdomain.studies.temporal_shape import CLASSES, FRAMES, SIDE

WIDTHS = {"2dot": 2, "5dot": 5, "mnist": 14, "mnist-bg": 14}  # of the object, pixels
Velocities = Callable[[np.random.Generator, int, int], tuple[np.ndarray, np.ndarray | int]]
ARC_SPEED = 2  # pixels per frame, of circles and arcs
ARC_REACH = 8
UP, LEFT, DOWN, RIGHT = (0, -1), (-1, 0), (0, 1), (1, 0)


def spiral_reach(width: int) -> int:
    """Return R of the spiral, for an object `width` pixels wide: a digit has less room than a dot."""
    return 8 if width == WIDTHS["mnist"] else 10


def draw(rng: np.random.Generator, clips: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw `clips` trajectories of an object `width` pixels wide, every class equally likely.

    Returns:
        label: (N,) uint8, an index into `CLASSES`.
        start: (N, 2) int64, the position at frame 0; far enough from the border for the class's reach.
        velocity: (N, T, 2) float64, pixels per frame, before any reflection.
    """
    label = rng.integers(len(CLASSES), size=clips).astype(np.uint8)
    velocity = np.empty((clips, FRAMES, 2))
    reach = np.empty(clips, dtype=np.int64)
    for index, name in enumerate(CLASSES):
        members = np.flatnonzero(label == index)
        velocity[members], reach[members] = _VELOCITIES[name](rng, len(members), width)
    low = (2 * reach + width)[:, None]
    start = rng.integers(low, SIDE - low, size=(clips, 2))
    return label, start, velocity


def walk(start: np.ndarray, velocity: np.ndarray, width: int) -> np.ndarray:
    """Follow `velocity` (N, T, 2) from `start` (N, 2): the positions (N, T, 2), float32.

    Frame 0 is the start: an object is seen before it moves, so the last velocity is never used. A
    component of the velocity whose step would leave [0, 64 - width] is negated from that frame on.
    """
    position = np.empty(velocity.shape)
    position[:, 0] = start
    sign = np.ones(start.shape)
    for frame in range(FRAMES - 1):
        step = position[:, frame] + sign * velocity[:, frame]
        sign[(step < 0) | (step > SIDE - width)] *= -1
        position[:, frame + 1] = position[:, frame] + sign * velocity[:, frame]
    return position.astype(np.float32)


def _polar(length: np.ndarray | float, angle: np.ndarray) -> np.ndarray:
    """Make vectors (N, T, 2) of the given lengths and angles (N, T)."""
    return np.stack([length * np.cos(angle), length * np.sin(angle)], axis=-1)


def _half_backwards(rng: np.random.Generator, velocity: np.ndarray) -> np.ndarray:
    """Reverse each sequence of (N, K, 2) with probability one half."""
    backwards = rng.random(len(velocity)) < 0.5
    return np.where(backwards[:, None, None], velocity[:, ::-1], velocity)


def _rolled(rng: np.random.Generator, velocity: np.ndarray) -> np.ndarray:
    """Begin each sequence of (N, K, 2) at a place of its own; what is cut off at the front follows at the end."""
    clips, length, _ = velocity.shape
    place = (np.arange(length) + rng.integers(length, size=(clips, 1))) % length
    return np.take_along_axis(velocity, place[:, :, None], axis=1)


def _circle(rng: np.random.Generator, clips: int, width: int) -> tuple[np.ndarray, int]:
    angle = np.broadcast_to(np.linspace(0, 2 * np.pi, FRAMES), (clips, FRAMES))
    return _rolled(rng, _half_backwards(rng, _polar(ARC_SPEED, angle))), ARC_REACH


def _arc(rng: np.random.Generator, clips: int, width: int) -> tuple[np.ndarray, int]:
    angle = rng.uniform(0, 2 * np.pi, size=(clips, 1)) + np.linspace(0, np.pi, FRAMES)
    return _half_backwards(rng, _polar(ARC_SPEED, angle)), ARC_REACH


def _spiral(rng: np.random.Generator, clips: int, width: int) -> tuple[np.ndarray, int]:
    reach = spiral_reach(width)
    scale = rng.integers(2, 11, size=(clips, 1)) / 10  # 0.2, 0.3 ... 1.0
    angle = np.broadcast_to(np.linspace(0, reach, FRAMES), (clips, FRAMES))
    return _half_backwards(rng, _polar(scale * angle, angle)), reach


def _line(rng: np.random.Generator, clips: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    speed = rng.integers(1, 4, size=clips)
    angle = np.repeat(rng.uniform(0, 2 * np.pi, size=(clips, 1)), FRAMES, axis=1)
    return _polar(speed[:, None], angle), 2 * speed


def _rectangle(rng: np.random.Generator, clips: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    speed = rng.integers(1, 4, size=clips)
    sides = speed[:, None, None] * np.array([UP, LEFT, DOWN, RIGHT])  # N x 4 x 2
    # The sides are rolled, not the frames: a clip begins at a corner and turns three times, as published.
    sides = _rolled(rng, _half_backwards(rng, sides))
    return np.repeat(sides, FRAMES // 4, axis=1), 2 * speed


# Each gives the velocities (N, T, 2) of its class and the reach R, one for all or one a clip.
_VELOCITIES: dict[str, Velocities] = {
    "circle": _circle,
    "spiral": _spiral,
    "line": _line,
    "rectangle": _rectangle,
    "arc": _arc,
}
