"""Accuracies and their ratios by formula, for clips that are independent of each other.

Clips of one source video are not; their intervals come from `analysis.statistics.bootstrap`. The ratio of the two
variances (the design effect) says how much that matters.
"""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binomtest, norm

LEVEL = 0.95  # of every interval
RIGHT_AND_WRONG = 0.5  # clips added to either side before a logit


def standard_error(accuracy: float, clips: int) -> float:
    """Return the binomial standard error sqrt(a(1 − a)/n): 1.29 points at 50.07 % of 1,502 clips."""
    return float(np.sqrt(accuracy * (1 - accuracy) / clips))


@cache  # many runs are right on as many clips
def accuracy_interval(accuracy: float, clips: int) -> tuple[float, float]:
    """Return Wilson's (1927) 95 % interval of an accuracy over independent clips; sound near 0 and 1, too."""
    bounds = binomtest(round(accuracy * clips), clips).proportion_ci(LEVEL, method="wilson")
    return float(bounds.low), float(bounds.high)


def log_ratio_variance_same_clips(first: ArrayLike, second: ArrayLike) -> float:
    """Return Var ln(â/b̂) of two accuracies on the same n clips, by the delta method.

    (1/n)[(1 − a)/a + (1 − b)/b − 2(p₁₁ − ab)/(ab)], where p₁₁ is the share of clips that both get right. NaN where
    an accuracy is 0.

    Args:
        first: (N,) whether each clip is right in one domain.
        second: (N,) the same clips in the other.
    """
    first, second = np.asarray(first, bool), np.asarray(second, bool)
    a, b, both = first.mean(), second.mean(), (first & second).mean()
    if a == 0 or b == 0:
        return float("nan")
    return float(((1 - a) / a + (1 - b) / b - 2 * (both - a * b) / (a * b)) / len(first))


def log_ratio_variance_independent(a: float, clips_a: int, b: float, clips_b: int) -> float:
    """Return Var ln(â/b̂) on two independent sets of clips: (1 − a)/(n₁a) + (1 − b)/(n₂b); NaN at 0."""
    if a == 0 or b == 0:
        return float("nan")
    return (1 - a) / (clips_a * a) + (1 - b) / (clips_b * b)


def ratio_interval(ratio: float, variance: float) -> tuple[float, float]:
    """Return the 95 % interval of a ratio whose logarithm is about normal with this variance."""
    half = norm.ppf((1 + LEVEL) / 2) * np.sqrt(variance)
    return float(ratio * np.exp(-half)), float(ratio * np.exp(half))


def divide(above: ArrayLike, below: ArrayLike) -> np.ndarray:
    """Divide `above` by `below` elementwise; NaN where `below` is 0: no such ratio exists, however large `above` is."""
    above, below = np.broadcast_arrays(np.asarray(above, float), np.asarray(below, float))
    return np.divide(above, below, out=np.full(below.shape, np.nan), where=below != 0)


def above_chance(
    target: ArrayLike, source: ArrayLike, chance: ArrayLike, chance_of_source: ArrayLike | None = None
) -> np.ndarray:
    """Return (A_t − c)/(A_s − c): what is kept of the accuracy beyond guessing; 0 is chance, below 0 worse than it.

    `chance` is that of the target's clips, and of the source's where they have no `chance_of_source` of their own.

    The bare ratio has a floor of c/A_s, which flatters weak models. The caller leaves it out unless the interval of
    A_s − c lies above 0 (`lies_above`): a source at or below chance has nothing to keep.
    """
    below = chance if chance_of_source is None else chance_of_source
    return divide(np.asarray(target, float) - chance, np.asarray(source, float) - below)


def lies_above(interval: tuple[float, float], value: float) -> bool:
    """Tell whether the entire interval is above `value`; an undefined one is not."""
    return interval[0] > value


def empirical_logit(right: ArrayLike, clips: ArrayLike) -> np.ndarray:
    """Return ln((k + ½)/(n − k + ½)) of k right among n clips: finite at 0 and 1 (Haldane 1956, Anscombe 1956).

    It is used for every point alike, so that those at 0 and 1 follow no rule of their own.
    """
    right, clips = np.asarray(right, float), np.asarray(clips, float)
    return np.log((right + RIGHT_AND_WRONG) / (clips - right + RIGHT_AND_WRONG))
