"""Intervals and p values over few source videos of unequal sizes: BCa, with Student's t in the normal's place.

The percentile interval is too short where videos are few (coverage 0.83 to 0.91 with 8), and BCa alone (Efron 1987)
corrects only its skewness. What is lacking is the uncertainty of the variance itself, for which a t distribution stands
(Hesterberg 2015, "expanded percentile"). Its degrees of freedom are one less than the effective number of videos
(Carter, Schnepel and Steigerwald 2017): (Σ n²)²/Σ n⁴ of their numbers of clips, since one large video among many small
ones decides the mean. Where validation and test videos both matter, they are combined as Welch and Satterthwaite do.

How much each video matters is read off the draws: the replicates of any statistic are regressed on how often each
video was drawn, which makes its empirical influence. So nothing has to be known of the statistic. The coverage of these
intervals is simulated in tests/analysis/statistics/test_coverage_few_videos.py; docs/statistics.md has the table.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

MINIMUM = 8  # source videos; with fewer there is no interval
MATTERS = 0.05  # share of the variance from which on a set's videos count
TAIL = 0.025  # on either side of an interval
NO_VARIANCE = 1e-18  # replicates that differ by less differ by rounding only
LARGEST_SHIFT = 0.8  # of a·z in BCa: beyond it the correction has no meaning
P_DIGITS = 9  # beyond them the order of a summation shows


class Correction(NamedTuple):
    """What BCa and Student's t make of a statistic's draws.

    Attributes:
        bias: z₀, in normal quantiles.
        acceleration: a.
        freedom: degrees of freedom of t.
        videos: the fewest source videos of a set that matters to the statistic.
    """

    bias: float
    acceleration: float
    freedom: float
    videos: int


class DrawnVideos:
    """How often each source video was drawn, and what that says of a statistic's replicates."""

    def __init__(self, counts: Sequence[np.ndarray], clips: Sequence[np.ndarray], sets: np.ndarray) -> None:
        """Prepare the regression.

        Args:
            counts: of every stratum, the (draws, videos) numbers of times; V videos in all.
            clips: of every stratum, the (videos,) numbers of clips.
            sets: (sets, V) whether a set of clips, such as those of validation, has clips of a video.
        """
        self.counts = np.hstack(counts, dtype=np.float64)  # (draws, V), centred; in place, since it is large
        self.counts -= self.counts.mean(axis=0)
        self.stratum = np.repeat(np.arange(len(clips)), [len(sizes) for sizes in clips])  # (V,)
        self.effective = np.array([effective_number(sizes) for sizes in clips])
        self.sets = np.asarray(sets, bool)
        self._inverse = np.linalg.pinv(self.counts.T @ self.counts, hermitian=True)  # a stratum's have a constant sum

    def influence(self, draws: np.ndarray) -> np.ndarray:
        """Estimate (V,) how much (draws,) replicates rise when a video is drawn once more; NaN ones count 0."""
        known = np.isfinite(draws)
        deviation = np.where(known, draws - draws[known].mean(), 0) if known.any() else np.zeros(len(draws))
        return self._inverse @ (self.counts.T @ deviation)

    def correction(self, value: float, draws: np.ndarray) -> Correction:
        """Find how the interval of a statistic with this value and these (draws,) replicates is to be corrected."""
        influence = self.influence(draws)
        by_stratum = np.bincount(self.stratum, influence**2, len(self.effective))  # variance that each contributes
        known = draws[np.isfinite(draws)]
        total = max(float(known.var()) if len(known) else 0.0, float(by_stratum.sum()))
        if total < NO_VARIANCE:
            return Correction(0.0, 0.0, np.inf, int(self.sets.sum(axis=1).max()))
        # What videos do not explain is the seeds', and curvature: it has no skewness here and no lack of freedom.
        acceleration = float((influence**3).sum() / (6 * total**1.5))
        lacking = float((by_stratum**2 / np.maximum(self.effective - 1, 1)).sum())
        freedom = total**2 / lacking if lacking > 0 else np.inf
        shares = self.sets @ influence**2
        matters = self.sets[(shares >= MATTERS * total) & (shares > 0)]
        videos = int(matters.sum(axis=1).min()) if len(matters) else int(self.sets.sum(axis=1).max())
        below = ((known < value).sum() + (known <= value).sum() + 1) / (2 * len(known) + 2)
        return Correction(float(ndtri(below)), acceleration, float(freedom), videos)

    def levels(self, correction: Correction) -> tuple[float, float]:
        """Choose the quantiles of the draws that bound the interval; 0.025 and 0.975 where nothing is corrected."""
        half = stdtrit(correction.freedom, 1 - TAIL) if np.isfinite(correction.freedom) else ndtri(1 - TAIL)
        low, high = (
            ndtr(correction.bias + z / (1 - np.clip(correction.acceleration * z, -LARGEST_SHIFT, LARGEST_SHIFT)))
            for z in (correction.bias - half, correction.bias + half)
        )
        return float(low), float(high)

    def p(self, value: float, draws: np.ndarray, null: float = 0.0) -> float:
        """Return the two-sided p of `null`: 1 − the level of the interval that it bounds; NaN below 8 videos."""
        found = self.correction(value, draws)
        if found.videos < MINIMUM:
            return float("nan")
        sides = _sides(draws, null)
        z = _quantile(sides[0] if sides[0] <= sides[1] else 1 - sides[1], found)
        return float(np.round(min(1.0, 2 * _tail(-abs(z), found)), P_DIGITS))

    def one_sided_p(self, value: float, draws: np.ndarray, above: bool, null: float) -> float:
        """Return the p of the null that the statistic is not above (or not below) `null`; NaN below 8 videos."""
        found = self.correction(value, draws)
        if found.videos < MINIMUM:
            return float("nan")
        not_above, not_below = _sides(draws, null)
        z = _quantile(not_above, found) if above else -_quantile(1 - not_below, found)
        return float(np.round(_tail(z, found), P_DIGITS))


def _sides(draws: np.ndarray, null: float) -> tuple[float, float]:
    """Return the shares of replicates below and above `null`; NaN ones, which could lie anywhere, are on both sides."""
    unknown = ~np.isfinite(draws)
    below, above = ((draws < null) | unknown).sum(), ((draws > null) | unknown).sum()
    ties = len(draws) - (~unknown & (draws != null)).sum() - unknown.sum()
    return (below + ties / 2 + 1) / (len(draws) + 2), (above + ties / 2 + 1) / (len(draws) + 2)


def _quantile(share: float, found: Correction) -> float:
    """Invert BCa: the quantile of t whose bound has this share of the draws below it."""
    shift = ndtri(share) - found.bias
    return float(shift / (1 + np.clip(found.acceleration * shift, -LARGEST_SHIFT, LARGEST_SHIFT)) - found.bias)


def _tail(z: float, found: Correction) -> float:
    """Return Student's share below z."""
    return float(stdtr(found.freedom, z) if np.isfinite(found.freedom) else ndtr(z))


def effective_number(clips: np.ndarray) -> float:
    """Count how many videos of equal size tell as much as videos of these (V,) numbers of clips: (Σ n²)²/Σ n⁴."""
    squares = np.asarray(clips, float) ** 2
    return float(squares.sum() ** 2 / (squares**2).sum())
