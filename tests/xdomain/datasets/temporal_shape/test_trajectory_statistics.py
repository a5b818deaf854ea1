"""Whole trajectories, walls included, are distributed as in a plain implementation written from the paper."""

import math
import random

import numpy as np
import pytest
from scipy.stats import ks_2samp
from support.plain_trajectories import FRAMES, RECTANGLE, plain_clip

from xdomain.datasets.temporal_shape.trajectories import draw, walk
from xdomain.studies.temporal_shape import CLASSES

CLIPS = 1500  # of a class
SMALLEST_P = 1e-5  # 135 comparisons together would fail by chance once in 700 changes of the seeds
CORNER = math.radians(45)


def turns(positions):
    """(N, T - 2) angle between a step and the one before it."""
    steps = np.diff(positions, axis=1)
    angle = np.arctan2(steps[..., 1], steps[..., 0])
    return np.abs((np.diff(angle, axis=1) + np.pi) % (2 * np.pi) - np.pi)


def measures(positions, width):
    """What a trajectory looks like, from its positions (N, T, 2): name -> (N,)."""
    lengths = np.hypot(*np.moveaxis(np.diff(positions, axis=1), -1, 0))
    sizes = np.ptp(positions, axis=1)
    room = np.minimum(positions, 64 - width - positions)
    begins_outside = (np.floor(positions) < width // 2).any(axis=2)
    values = {
        "corners": (turns(positions) > CORNER).sum(axis=1),
        "turning": turns(positions).sum(axis=1),
        "path": lengths.sum(axis=1),
        "extent across": sizes[:, 0],
        "extent down": sizes[:, 1],
        "start across": positions[:, 0, 0],
        "start down": positions[:, 0, 1],
        "nearest to a wall": room.min(axis=(1, 2)),
        "frames that begin outside": begins_outside.sum(axis=1),
    }
    return {name: np.round(value, 3) for name, value in values.items()}  # float32 and float64 tie alike


def drawn(width, label, seed=3):
    labels, start, velocity = draw(np.random.default_rng(seed), 6 * CLIPS, width)
    chosen = labels == label
    return walk(start[chosen], velocity[chosen], width).astype(float)[:CLIPS]


def plain(width, label):
    chance = random.Random(width * 10 + label)
    return np.array([plain_clip(chance, label, width) for _ in range(CLIPS)])


@pytest.mark.parametrize("label", range(5), ids=CLASSES)
@pytest.mark.parametrize("width", [2, 5, 14])
def test_a_class_moves_as_in_the_plain_implementation(width, label):
    ours, theirs = measures(drawn(width, label), width), measures(plain(width, label), width)
    p = {name: ks_2samp(ours[name], theirs[name], method="asymp").pvalue for name in ours}
    assert min(p.values()) > SMALLEST_P, p


def test_the_comparison_sees_rectangles_that_begin_in_mid_side():
    """Those of an earlier version: the frames were rolled, so most clips turned four times."""
    labels, start, velocity = draw(np.random.default_rng(0), 6 * CLIPS, 2)
    chosen = np.flatnonzero(labels == RECTANGLE)[:CLIPS]
    offsets = np.random.default_rng(1).integers(FRAMES, size=len(chosen))
    rolled = np.stack([np.roll(velocity[clip], offset, axis=0) for clip, offset in zip(chosen, offsets, strict=True)])
    wrong, theirs = measures(walk(start[chosen], rolled, 2), 2), measures(plain(2, RECTANGLE), 2)
    assert ks_2samp(wrong["corners"], theirs["corners"], method="asymp").pvalue < 1e-20


@pytest.mark.parametrize("width", [2, 5, 14])
def test_rectangles_have_as_many_corners_as_the_published_ones(width):
    """Published: 3.03 to 3.19 on average, three of their own and some at walls."""
    assert 3.0 < measures(drawn(width, RECTANGLE), width)["corners"].mean() < 3.22
