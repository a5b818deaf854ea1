"""One-sided evidence from draws, and evidence that a quantity is as good as its bound: "no difference" as a finding.

A claim names a direction and a margin: a difference smaller than that matters to nobody. What lies within the margin
with confidence is no difference (two one-sided tests, Schuirmann 1987), which is more than failing to find one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

ABOVE, BELOW, NEAR = ">", "<", "near"  # what a claim may say of a quantity and its bound
OPPOSITE = {ABOVE: BELOW, BELOW: ABOVE}


@dataclass(frozen=True)
class Evidence:
    """How a claimed relation fares.

    Attributes:
        p_holds: of the null that the relation does not hold.
        p_opposite: of the null that the opposite does not hold; of `near`, that the quantity is not beyond the margin.
        p_equal: of the null that the quantity is not within the margin of its bound; of `near`, 1.
    """

    p_holds: float
    p_opposite: float
    p_equal: float

    @property
    def p_contradicted(self) -> float:
        """The smaller of the two ways to contradict; both need the upper end below the margin, so none is corrected."""
        return min(self.p_opposite, self.p_equal)


NO_EVIDENCE = Evidence(1.0, 1.0, 1.0)


def one_sided_p(draws: np.ndarray, relation: str, bound: float) -> float:
    """Count the share of (draws,) replicates against `quantity relation bound`, with one added so that it is never 0.

    NaN replicates, which could lie anywhere, count against it.
    """
    against = draws <= bound if relation == ABOVE else draws >= bound
    return float((against.sum() + np.isnan(draws).sum() + 1) / (len(draws) + 1))


OneSided = Callable[[str, float], float]  # (relation, bound) -> p of the null that it does not hold


def within_p(p: OneSided, bound: float, margin: float) -> float:
    """Test that the quantity is above bound − margin and below bound + margin: the larger p of both."""
    return max(p(ABOVE, bound - margin), p(BELOW, bound + margin))


def evidence(p: OneSided, relation: str, bound: float, margin: float) -> Evidence:
    """Weigh `quantity relation bound` by its one-sided p values; where it has no interval, do not ask."""
    equal = within_p(p, bound, margin) if margin > 0 else 1.0
    if relation == NEAR:
        outside = (p(ABOVE, bound + margin), p(BELOW, bound - margin))
        return Evidence(equal, min(1.0, 2 * min(outside)), 1.0)
    return Evidence(p(relation, bound), p(OPPOSITE[relation], bound), equal)
