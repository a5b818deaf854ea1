"""What a study can resolve: the difference of two models' logarithmic ratios that N seeds × M clips find.

Var Δ = 2·σ²/N + κ²/M: σ is the sd of one model's ln ratio between seeds, κ² / M the variance that M clips leave in the
difference, however many seeds see the same clips (a bound: seeds that err on different clips do better).
"""

import math

from scipy.stats import norm

LEVEL, POWER = 0.05, 0.80
QUANTILES = float(norm.ppf(1 - LEVEL / 2) + norm.ppf(POWER))


def resolvable(seed_sd: float, clip_sd: float, seeds: int, clips: int) -> float:
    """Solve for the difference of ln ratios that is found at 5 % with a power of 80 %.

    Args:
        seed_sd: σ, of one model's ln ratio between seeds.
        clip_sd: κ, √M times the sd of the difference over draws of M clips.
        seeds: of either model.
        clips: that both are evaluated on.
    """
    return QUANTILES * math.sqrt(2 * seed_sd**2 / seeds + clip_sd**2 / clips)


def seeds_needed(difference: float, seed_sd: float, clip_sd: float, clips: int) -> int | None:
    """Solve for the seeds of either model that resolve a difference; None where the clips alone leave too much."""
    left = (difference / QUANTILES) ** 2 - clip_sd**2 / clips
    if left <= 0:
        return None
    return max(1, math.ceil(2 * seed_sd**2 / left - 1e-9))
