"""From a claim's comparisons to one verdict, and from the claims of a family to verdicts that hold together.

A claim of several comparisons holds if every one does: the largest p speaks for it (Berger 1982). It is contradicted if
one of its comparisons is: the smallest p times their number speaks for that (Bonferroni). Both sides are looked at, so
the smaller of the two counts twice. Holm's correction is over the primary family, which its file fixes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.statistics.equivalence import Evidence
from analysis.statistics.paired import holm

HOLDS, CONTRADICTED, CANNOT_TELL = "holds", "contradicted", "cannot tell"
LEVEL = 0.05


@dataclass(frozen=True)
class Joint:
    """All comparisons of one claim together.

    Attributes:
        p: two-sided: of the better of both verdicts.
        verdict: the one that p speaks for.
        place: which comparison decides: the weakest of those that hold, the strongest of those that contradict.
    """

    p: float
    verdict: str
    place: int


def joint(found: Sequence[Evidence]) -> Joint:
    """Put together what the comparisons of one claim say."""
    weakest = max(range(len(found)), key=lambda i: found[i].p_holds)
    strongest = min(range(len(found)), key=lambda i: found[i].p_contradicted)
    holds, contradicted = found[weakest].p_holds, len(found) * found[strongest].p_contradicted
    if holds <= contradicted:
        return Joint(min(1.0, 2 * holds), HOLDS, weakest)
    return Joint(min(1.0, 2 * contradicted), CONTRADICTED, strongest)


def verdicts(claims: Sequence[Joint], primary: Sequence[bool]) -> tuple[list[str], list[float | None]]:
    """Give each claim its verdict, and its p after Holm's correction: None outside the primary family."""
    family = [i for i, is_primary in enumerate(primary) if is_primary]
    adjusted = dict(zip(family, map(float, holm([claims[i].p for i in family])), strict=True))
    corrected = [adjusted.get(i) for i in range(len(claims))]
    told = [
        claim.verdict if (claim.p if p is None else p) <= LEVEL else CANNOT_TELL
        for claim, p in zip(claims, corrected, strict=True)
    ]
    return told, corrected
