"""Paired tests: two models on the same clips, or one model on two versions of them; and Holm's correction."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import binomtest

from xdomain.core.errors import UserError

NAMED = 3  # clips spelt out in a message
EXACT_UP_TO = 13  # source videos; 2^13 sign patterns are fewer than the draws


def require_same_clips(
    first: Sequence[str] | np.ndarray, second: Sequence[str] | np.ndarray, names: tuple[str, str]
) -> None:
    """Refuse to pair answers to different clips.

    Raises:
        UserError: says which clips only one of the two has; `names` says who they are.
    """
    if len(first) == len(second) and all(a == b for a, b in zip(first, second, strict=True)):
        return
    alone = [sorted(set(first) - set(second)), sorted(set(second) - set(first))]
    parts = [f"{len(clips)} only of {name} ({_some(clips)})" for name, clips in zip(names, alone, strict=True) if clips]
    what = " and ".join(parts) or "the same ones in another order"
    raise UserError(
        f"{names[0]} and {names[1]} were not evaluated on the same clips: {what}. "
        "Evaluate both on one version of the data; paired comparisons need it."
    )


def mcnemar(first: np.ndarray, second: np.ndarray) -> float:
    """Make the exact two-sided McNemar test: are the (N,) discordant clips split evenly? 1 where there are none.

    The binomial test of b among b + c clips that only one of the two gets right (McNemar 1947). It takes clips as
    independent, which those of one source video are not: read it beside `sign_flip`.
    """
    first, second = np.asarray(first, bool), np.asarray(second, bool)
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    if only_first + only_second == 0:
        return 1.0
    return float(binomtest(only_first, only_first + only_second).pvalue)


class SignFlip:
    """Cluster sign-flip test: under the null, who is right may be swapped for all clips of a source video at once.

    The statistic is the absolute difference in right clips; p is the share of sign patterns that make it at least as
    large: all patterns up to 13 videos, else random ones with the observed added (Winkler et al. 2014; Phipson and
    Smyth 2010). One set of signs serves every comparison on the same videos.
    """

    def __init__(self, videos: np.ndarray, draws: int, seed: int) -> None:
        """Draw the signs for clips of these (N,) source-video ids."""
        self.names, self.codes = np.unique(videos, return_inverse=True)
        count = len(self.names)
        self.exact = count <= EXACT_UP_TO
        if self.exact:
            patterns = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
        else:
            patterns = np.random.default_rng(seed).integers(2, size=(draws, count), dtype=np.int8)
        self.signs = (2 * patterns - 1).astype(np.float32)  # (draws, videos)

    def p(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return (R,) p values of R pairs, from (R, N) answers of either side."""
        difference = np.asarray(first, np.int32) - np.asarray(second, np.int32)
        totals = np.stack([np.bincount(self.codes, row, len(self.names)) for row in difference], axis=1)  # (videos, R)
        flipped = np.abs(self.signs @ totals.astype(np.float32))  # sums of whole numbers: exact in float32
        extreme = (flipped >= np.abs(totals.sum(axis=0))).sum(axis=0)
        return extreme / len(self.signs) if self.exact else (extreme + 1) / (len(self.signs) + 1)


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Adjust the p values of one family by Holm's (1979) method."""
    from statsmodels.stats.multitest import multipletests  # takes a second to import

    return multipletests(p_values, method="holm")[1] if len(p_values) else np.empty(0)


def _some(clips: list[str]) -> str:
    more = f" and {len(clips) - NAMED} more" if len(clips) > NAMED else ""
    return ", ".join(clips[:NAMED]) + more
