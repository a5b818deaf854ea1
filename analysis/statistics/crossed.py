"""Seeds × clips: intervals of what is averaged over runs that were all evaluated on the same clips.

Runs of other seeds answer the same clips, and hard clips are hard for all of them, so the average of fifty runs is
hardly less at the mercy of its 500 clips than one run is. Clips are drawn beside seeds, the same ones for all runs and
models. Within a size only few seeds are drawn; for the uncertainty of their variance stands Student's t, with a degree
of freedom for each seed beyond the first of a size.
"""

import numpy as np
from scipy.special import ndtri, stdtr
from scipy.stats import norm, t

from analysis.statistics.bootstrap import draw_counts, interval, scale_of
from analysis.statistics.clusters import TAIL

RUNS_AT_ONCE = 256  # whose products are in memory together
LEAST_FREEDOM = 4  # degrees: below, such as for two sizes with two seeds each, there is no interval


def clip_draws(correct: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Compute (draws, R) float32 accuracies on drawn clips, the same clips for all runs.

    Args:
        correct: (R, N) whether each run gets each clip right.
        draws: replicates.
        rng: of the clips.
    """
    return as_accuracies(right_draws(correct, draws, rng), correct.shape[1])


def right_draws(correct: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Count (draws, R) drawn clips that each run gets right, for `as_accuracies`: half the memory, a run's together."""
    runs, clips = correct.shape
    counts = draw_counts(clips, draws, rng)
    right = np.empty((draws, runs), np.min_scalar_type(2 * clips), order="F")
    for first in range(0, runs, RUNS_AT_ONCE):
        part = slice(first, first + RUNS_AT_ONCE)
        # A product of whole numbers, which is exact: no order of summation changes a digit.
        right[:, part] = counts @ np.asarray(correct[part], np.float32).T
    return right


def as_accuracies(right: np.ndarray, clips: int) -> np.ndarray:
    """Turn what `right_draws` counts of so many clips into float32 accuracies."""
    return right.astype(np.float32) * np.float32(scale_of(clips) / clips)


def freedom_of(strata: np.ndarray) -> int:
    """Count the degrees of freedom of seeds, from the (N,) sizes of the runs: those beyond the first of each size."""
    return len(strata) - len(np.unique(strata))


def crossed_interval(draws: np.ndarray, freedom: int) -> tuple[float, float]:
    """Return the 95 % interval of (draws,) replicates over seeds × clips; NaN, NaN below 4 degrees of freedom."""
    if freedom < LEAST_FREEDOM:
        return float("nan"), float("nan")
    level = float(norm.cdf(-t.ppf(1 - TAIL, freedom)))
    return interval(draws, (level, 1 - level))


def crossed_p(share: float, freedom: int) -> float:
    """Return the one-sided p value that goes with `crossed_interval`, of the share of replicates against a claim."""
    return float(stdtr(freedom, ndtri(share))) if freedom >= LEAST_FREEDOM else float("nan")
