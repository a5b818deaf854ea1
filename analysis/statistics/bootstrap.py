"""The crossed bootstrap: source videos × seeds, drawn once and shared by everything that is compared.

Clips of one source video are alike, so videos are drawn, not clips. Two models, or two domains, are seen on the same
drawn videos, so what they share cancels in their ratio. A draw is a vector of weights, one per video: all accuracies
of a draw are then matrix products.

Among n videos (or seeds) a draw takes n − 1, with replacement, which makes the variance of a mean over few of them
right on average; taking n would make it too small by (n − 1)/n (Rao and Wu 1988, section 2).
"""

import zlib
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix

from analysis.statistics.clusters import MINIMUM, TAIL, DrawnVideos

DRAWS = 10_000
SEED = 20_211_221
SAME = 1e-9  # replicates that differ by less differ by rounding only
CHUNK = 500  # draws at a time while weights are drawn


def draw_counts(units: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draw (draws, units) float32: how often each of `units` is drawn, integers. One alone is always drawn once."""
    if units == 1:
        return np.ones((draws, 1), np.float32)
    taken = units - 1
    counts = np.empty((draws, units), np.float32)
    for start in range(0, draws, CHUNK):
        rows = min(CHUNK, draws - start)
        drawn = rng.integers(units, size=(rows, taken)) + units * np.arange(rows)[:, None]
        counts[start : start + rows] = np.bincount(drawn.ravel(), minlength=rows * units).reshape(rows, units)
    return counts


def scale_of(units: int) -> float:
    """Adjust the counts of a draw so that they sum to `units` again."""
    return units / max(units - 1, 1)


class ClusterBootstrap:
    """Draws of source videos for sets of clips that may share some of them.

    Videos that lie in the same sets form a stratum and are drawn among themselves, so no set is ever empty.
    """

    def __init__(self, sets: Sequence[np.ndarray], draws: int = DRAWS, seed: int = SEED) -> None:
        """Draw the videos.

        Args:
            sets: for each set of clips (validation, test) the (N,) source-video ids of its clips; every clip as
                often as any other.
            draws: replicates.
            seed: of the draws; the same videos and seed make the same draws.
        """
        self.draws, self.seed = draws, seed
        self.videos, self.clips = np.unique(np.concatenate(sets), return_counts=True)
        self.membership = membership = np.stack([np.isin(self.videos, videos) for videos in sets])  # (sets, videos)
        rng = np.random.default_rng(seed)
        self.strata = []  # (positions of its videos, their (draws, videos) counts)
        for stratum in np.unique(membership, axis=1).T:
            members = np.flatnonzero((membership == stratum[:, None]).all(axis=0))
            self.strata.append((members, draw_counts(len(members), draws, rng)))

    def right(self, videos: np.ndarray, correct: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weigh the number of right clips (draws, R) and of clips (draws, 1) in every draw.

        Args:
            videos: (N,) source-video id of each clip.
            correct: (R, N) whether each of R models (or checkpoints) gets each clip right.
        """
        position = np.searchsorted(self.videos, videos)
        rows = np.arange(len(videos))
        by_video = csr_matrix((np.ones(len(videos), np.float32), (position, rows)), (len(self.videos), len(videos)))
        answers = np.vstack([np.asarray(correct, np.float32), np.ones((1, len(videos)), np.float32)])
        totals = by_video @ answers.T  # (videos, R + 1)
        # Products of whole numbers are exact, so that no order of summation changes a digit.
        sums = sum((counts @ totals[members]) * scale_of(len(members)) for members, counts in self.strata)
        return sums[:, :-1], sums[:, -1:]

    def accuracies(self, videos: np.ndarray, correct: np.ndarray) -> np.ndarray:
        """Draw (draws, R) accuracies; arguments as for `right`. NaN where the clips come from a single video."""
        right, clips = self.right(videos, correct)
        if len(np.unique(videos)) < 2:
            return np.full(right.shape, np.nan)
        with np.errstate(invalid="ignore"):  # of half the clips a draw may hold none, which is NaN
            return right / clips

    def seed_weights(self, model: str, seeds: int) -> np.ndarray:
        """Draw (draws, seeds) weights that sum to 1: the seeds of `model`, the same draws for all its domains."""
        rng = np.random.default_rng([self.seed, zlib.crc32(model.encode())])
        return draw_counts(seeds, self.draws, rng) * scale_of(seeds) / seeds

    def seed_luck(self, of: str) -> np.ndarray:
        """Draw (draws,) standard normal numbers: the luck of a seed that is alone, where its variance is known."""
        rng = np.random.default_rng([self.seed, zlib.crc32(f"luck {of}".encode())])
        return rng.standard_normal(self.draws)

    @cached_property
    def drawn(self) -> DrawnVideos:
        """How often each video was drawn."""
        members = [members for members, _ in self.strata]
        sets = self.membership[:, np.concatenate(members)]
        return DrawnVideos([counts for _, counts in self.strata], [self.clips[m] for m in members], sets)

    def interval(self, value: float, draws: np.ndarray) -> tuple[float, float]:
        """Return the 95 % interval of any statistic with this value and these (draws,) replicates.

        BCa with Student's t (`analysis.statistics.clusters`); NaN, NaN below 8 source videos, and as for `interval`.
        """
        correction = self.drawn.correction(value, draws)
        if correction.videos < MINIMUM:
            return float("nan"), float("nan")
        return interval(draws, self.drawn.levels(correction))

    def p(self, value: float, draws: np.ndarray, null: float = 0.0) -> float:
        """Return the two-sided p value of `null` that goes with `interval`; NaN below 8 source videos."""
        return self.drawn.p(value, draws, null)

    def one_sided_p(self, value: float, draws: np.ndarray, above: bool, null: float) -> float:
        """Return the p value of the null that the statistic is not above (or not below) `null`; NaN as for `p`."""
        return self.drawn.one_sided_p(value, draws, above, null)


def interval(draws: np.ndarray, levels: tuple[float, float] = (TAIL, 1 - TAIL)) -> tuple[float, float]:
    """Return the 95 % percentile interval of (draws,) replicates, or between other `levels`; NaN, NaN without a bound.

    A replicate without a value (a ratio to 0) could lie anywhere: it counts as −∞ for the lower bound and as +∞ for
    the upper, so more than 2.5 % of them leave the interval undefined. So do replicates that are all the same: where
    no clip is right, or all are, resampling cannot say how far off that is.
    """
    unknown = np.isnan(draws)
    low = np.quantile(np.where(unknown, -np.inf, draws), levels[0], method="inverted_cdf")
    high = np.quantile(np.where(unknown, np.inf, draws), levels[1], method="inverted_cdf")
    known = np.isfinite([low, high]).all() and np.ptp(draws[~unknown]) > SAME
    return (float(low), float(high)) if known else (float("nan"), float("nan"))
