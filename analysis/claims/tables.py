"""Claims as tables: a row per claim, and a row per comparison that claims are made of."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from analysis.claims.quantities import Basis, NothingPrinted, PrintedQuantities, Quantities
from analysis.claims.verdicts import NO_NUMBERS, Compared, Verdict, evaluate
from analysis.statistics.bootstrap import DRAWS
from analysis.table.tables import Column, Estimate, Table, p_value, with_needs
from xdomain.studies.claims_file import Claim

CLAIM, COMPARISON, CLAIMED = Column("claim", "Claim"), Column("comparison", "Comparison"), Column("claimed", "Claimed")
PAPERS: dict[str, tuple[str, ...]] = dict.fromkeys(("published", "signs paper", "verdict paper", "caution paper"), ())
VERDICTS = (
    "holds: every comparison of the claim is as stated; contradicted: one is the opposite, or no difference, which is "
    "a finding where its interval is within the margin of the bound (two one-sided tests); cannot tell: neither at 5 %."
)
DECIDING = (
    "Shown is the comparison that decides: the weakest of a claim that holds, the strongest against one that does not; "
    "claims-comparisons has all. A difference of two models is over the experiments in which both have a checkpoint, "
    "and the same checkpoints in two experiments count once."
)
ESTIMATE = "Estimate [95 %]"  # of what nobody has published, which cannot be reproduced
PRINTED = (
    "As printed: whether the paper's own numbers have the claimed signs. Verdict of the printed numbers: by these "
    "alone, each with the uncertainty of its number of clips, taken as independent; what is in figures has no numbers."
)


def claims_tables(
    claims: Sequence[Claim], bases: Sequence[Basis], printed: PrintedQuantities, name: str
) -> dict[str, Table]:
    """Test claims in every setting of a study: a table of them, and one of their comparisons, for each."""
    return {table.name: table for basis in bases for table in _of_basis(claims, basis, printed, name)}


def _of_basis(claims: Sequence[Claim], basis: Basis, printed: PrintedQuantities, name: str) -> list[Table]:
    quantities = basis.quantities
    found, as_printed = evaluate(claims, quantities), evaluate(claims, printed)
    rows = [_row(own, paper, printed, quantities) for own, paper in zip(found, as_printed, strict=True)]
    parts = [
        _part(own, part, of_paper, quantities)
        for own, paper in zip(found, as_printed, strict=True)
        for part, of_paper in zip(own.compared, paper.compared, strict=True)
    ]
    family = ", ".join(claim.id for claim in claims if claim.is_primary)
    notes = (
        VERDICTS,
        f"p: two-sided, from {DRAWS:,} draws that the sides share; the claim's own, of all its comparisons together. "
        f"Holm's correction is over the primary family, which the file of claims fixes: {family or 'none'}. Verdicts "
        "of the others are at 5 % each, uncorrected.",
    )
    published = () if isinstance(printed, NothingPrinted) else (PRINTED,)
    needs = tuple(dict.fromkeys(run for claim in claims for test in claim.tests for run in quantities.needs(test)))
    return [
        Table(
            f"{name}{basis.suffix}",
            "Claims: what holds",
            _columns(_COLUMNS, printed),
            tuple(rows),
            (DECIDING, *notes, *published, *basis.notes),
            (),
            needs,
        ),
        Table(
            f"{name}-comparisons{basis.suffix}",
            "Claims: every comparison that they are made of",
            _columns(_PART_COLUMNS, printed),
            tuple(parts),
            (
                "p: one-sided. As claimed: of the null that the comparison is not as stated; opposite: of the null "
                "that its opposite is not; no difference: of the null that it is farther from the bound than that. "
                "Chance: the share of the commonest class among the evaluated clips, which a constant answer reaches.",
                *basis.notes,
            ),
            ("claim",),
            needs,
        ),
    ]


def _columns(columns: tuple[Column, ...], printed: PrintedQuantities) -> tuple[Column, ...]:
    """Leave out the columns of what is published where nothing is."""
    if not isinstance(printed, NothingPrinted):
        return columns
    kept = (column for column in columns if column.key not in PAPERS)
    return tuple(replace(column, title=ESTIMATE) if column.key == "estimate" else column for column in kept)


def _row(own: Verdict, paper: Verdict, printed: PrintedQuantities, quantities: Quantities) -> dict[str, Any]:
    cautions = dict.fromkeys(
        f"{part.test.comparison}: {said}" for part in own.compared if (said := printed.caution(part.test))
    )
    deciding = own.deciding
    row = {
        "claim": own.claim.id,
        "statement": own.claim.text,
        **_place(deciding),
        "estimate": deciding.estimate,
        "p": own.joint.p,
        "p_holm": "" if own.p_holm is None else own.p_holm,
        "verdict": own.verdict,
        "why": own.why,
        "published": _unbounded(paper.compared[own.joint.place].estimate),
        "signs paper": paper.signs,
        "verdict paper": NO_NUMBERS if paper.signs == NO_NUMBERS else paper.verdict,
        "caution paper": ". ".join(cautions),
    }
    return with_needs(row, quantities.needs(deciding.test), PAPERS)


def _part(own: Verdict, part: Compared, printed: Compared, quantities: Quantities) -> dict[str, Any]:
    found = part.evidence
    row = {
        "claim": own.claim.id,
        **_place(part),
        "estimate": part.estimate,
        "bound": part.bound,
        "margin": own.claim.margin,
        "p_holds": found.p_holds,
        "p_opposite": found.p_opposite,
        "p_equal": found.p_equal,
        "published": printed.estimate,
    }
    return with_needs(row, quantities.needs(part.test), {"published": ()})


def _place(part: Compared) -> dict[str, Any]:
    """Say what is compared, and how."""
    return {"comparison": part.test.comparison, "claimed": part.test.stated}


def _unbounded(estimate: Estimate) -> Estimate:
    """Keep the value alone: the table of comparisons has its interval."""
    return Estimate(estimate.value, why=estimate.why)


_COLUMNS = (
    CLAIM,
    Column("statement", "In words"),
    COMPARISON,
    CLAIMED,
    Column("estimate", "Reproduced [95 %]", "{:.3f}".format),
    Column("p", "p", p_value),
    Column("p_holm", "p (Holm)", p_value),
    Column("verdict", "Verdict"),
    Column("why", "Because"),
    Column("published", "Published", "{:.3f}".format, under="estimate"),
    Column("signs paper", "As printed"),
    Column("verdict paper", "Verdict of the printed numbers", under="verdict"),
    Column("caution paper", "Caution"),
)
_PART_COLUMNS = (
    CLAIM,
    COMPARISON,
    CLAIMED,
    Column("estimate", "Reproduced [95 %]", "{:.3f}".format),
    Column("bound", "Bound", "{:.3g}".format),
    Column("margin", "Margin", "±{:g}".format),
    Column("p_holds", "p as claimed", p_value),
    Column("p_opposite", "p opposite", p_value),
    Column("p_equal", "p no difference", p_value),
    Column("published", "Published [95 %]", "{:.3f}".format, under="estimate"),
)
