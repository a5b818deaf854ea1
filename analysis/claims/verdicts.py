"""Testing claims: what the runs say of each, and what the paper's printed numbers alone allow."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.claims.quantities import Quantities
from analysis.statistics.equivalence import ABOVE, NEAR, NO_EVIDENCE, Evidence, evidence
from analysis.statistics.multiplicity import CANNOT_TELL, CONTRADICTED, HOLDS, Joint, joint, verdicts
from analysis.table.tables import Estimate
from xdomain.studies.claim_tests import Test
from xdomain.studies.claims_file import Claim

AS_CLAIMED, REVERSED, NO_NUMBERS = "as claimed", "reversed", "no numbers"


@dataclass(frozen=True)
class Compared:
    """One test of a claim with what is known of it."""

    test: Test
    estimate: Estimate
    evidence: Evidence
    as_stated: bool  # whether the value, whatever its certainty, is as the claim says
    bound: float

    @property
    def is_known(self) -> bool:
        """Whether the test has a value."""
        return not np.isnan(self.estimate.value)


@dataclass(frozen=True)
class Verdict:
    """A claim, what is known of each of its tests, and what follows."""

    claim: Claim
    compared: tuple[Compared, ...]
    joint: Joint
    p_holm: float | None  # None outside the primary family
    verdict: str

    @property
    def deciding(self) -> Compared:
        """The test that decides."""
        return self.compared[self.joint.place]

    @property
    def why(self) -> str:
        """What makes the verdict, in some words."""
        unknown = [part for part in self.compared if not part.is_known]
        if self.verdict == CANNOT_TELL and unknown:
            return f"{unknown[0].test.comparison}: {unknown[0].estimate.why}"
        found = self.deciding.evidence
        if self.verdict == CONTRADICTED and found.p_equal <= found.p_opposite and self.deciding.test.relation != NEAR:
            return f"no difference: within ±{self.claim.margin:g} of the bound"
        if np.isnan(self.deciding.estimate.low):
            return "no interval: too few seeds or source videos"
        return {CONTRADICTED: "the opposite", HOLDS: "", CANNOT_TELL: "the interval reaches both sides"}[self.verdict]

    @property
    def signs(self) -> str:
        """Whether the values alone are as claimed, whatever their certainty."""
        if not any(part.is_known for part in self.compared):
            return NO_NUMBERS
        return AS_CLAIMED if all(part.as_stated for part in self.compared if part.is_known) else REVERSED


def evaluate(claims: Sequence[Claim], quantities: Quantities) -> list[Verdict]:
    """Give every claim its verdict; Holm's correction is over the primary ones among `claims` and no other."""
    compared = [tuple(_compare(test, claim.margin, quantities) for test in claim.tests) for claim in claims]
    found = [joint([part.evidence for part in parts]) for parts in compared]
    told, corrected = verdicts(found, [claim.is_primary for claim in claims])
    return [Verdict(*parts) for parts in zip(claims, compared, found, corrected, told, strict=True)]


def _compare(test: Test, margin: float, quantities: Quantities) -> Compared:
    sample = quantities.sample(test)
    bound = quantities.chance(test) if test.bound is None else test.bound
    if sample.why:
        return Compared(test, Estimate(float("nan"), why=sample.why), NO_EVIDENCE, False, bound)
    estimate = sample.estimate()
    known = not np.isnan(estimate.low)
    stated = abs(sample.value - bound) < margin
    if test.relation != NEAR:
        stated = sample.value > bound if test.relation == ABOVE else sample.value < bound
    found = evidence(sample.one_sided_p, test.relation, bound, margin) if known else NO_EVIDENCE
    return Compared(test, estimate, found, bool(stated), bound)
