"""Choosing the epoch nearest to a level on the clips that are reported, where the true accuracies are known."""

import numpy as np
import pytest

from analysis.statistics.selection import nearest, selection_bias

CLIPS = 1502  # of the paper's validation


def relative_bias(
    truth: np.ndarray, level: float, own_best: bool = False, clips: int = CLIPS, runs: int = 2000
) -> float:
    """By how much a ratio to the chosen accuracy is off: true ÷ observed − 1, averaged over simulated runs."""
    rng = np.random.default_rng(1)
    observed = rng.binomial(clips, truth, size=(runs, len(truth))) / clips
    place = observed.argmax(axis=1) if own_best else nearest(observed, level)
    chosen = np.take_along_axis(observed, place[:, None], axis=1)[:, 0]
    return float(truth[place].sum() / chosen.sum() - 1)


@pytest.mark.parametrize(
    ("truth", "own_best", "low", "high"),
    [
        (np.linspace(0.05, 0.6, 40), False, -0.005, 0.005),  # steep: one epoch crosses the level
        (np.full(40, 0.295), False, -0.025, -0.01),  # a plateau half a point below: what looks like the level is luck
        (np.full(40, 0.29), True, -0.13, -0.04),  # a run's own best
    ],
)
def test_bias_by_the_shape_of_the_curve(truth: np.ndarray, own_best: bool, low: float, high: float) -> None:
    assert low <= relative_bias(truth, 0.30, own_best) <= high


def test_halves_measure_the_bias_without_knowing_the_truth() -> None:
    rng = np.random.default_rng(2)
    truth, clips = np.full(30, 0.295), CLIPS // 2
    halves = rng.binomial(clips, truth, size=(2, 3000, 30)) / clips
    assert selection_bias(*halves, 0.30) == pytest.approx(relative_bias(truth, 0.30, clips=clips), abs=0.002)


def test_an_easier_half_is_no_bias() -> None:
    curve = np.array([[0.1, 0.2, 0.3]])
    assert selection_bias(curve, curve + 0.02, 0.2) == pytest.approx(0)


def test_the_first_of_two_as_near_is_chosen() -> None:
    assert nearest(np.array([[0.305, 0.295], [0.295, 0.305]]), 0.3).tolist() == [0, 0]
