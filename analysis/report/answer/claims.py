"""The paper's claims as the page tells them, read from the study's tables of claims."""

import math
import re
from dataclasses import dataclass
from typing import Any

from analysis.claims.verdicts import NO_NUMBERS
from analysis.content.finding import estimate_text
from analysis.content.forest import PLAIN_STYLE, Panel, Row, scaled
from analysis.statistics.multiplicity import CANNOT_TELL, CONTRADICTED, HOLDS
from analysis.table.tables import Estimate, Table

SIGNS = {HOLDS: "✓", CONTRADICTED: "✗", CANNOT_TELL: "?", NO_NUMBERS: "–"}


@dataclass(frozen=True)
class ToldClaim:
    """A claim with its verdict on the runs, the verdict that the printed numbers allow, and what both rest on.

    Attributes:
        id: such as `div-1`.
        statement: the claim in words.
        verdict: of the runs, one of the keys of `SIGNS`.
        printed: the same of the paper's printed numbers alone.
        why: what makes the verdict, in some words; may be empty.
        caution: what a reader of the printed numbers has to beware of; may be empty.
        is_primary: whether it belongs to the family that Holm's correction is over.
        deciding: the row of the comparison that decides.
        comparisons: the rows of all its comparisons.
    """

    id: str
    statement: str
    verdict: str
    printed: str
    why: str
    caution: str
    is_primary: bool
    deciding: dict[str, Any]
    comparisons: tuple[dict[str, Any], ...]

    @property
    def number(self) -> str:
        """Its number within the study: "1" of "div-1"."""
        return self.id.rpartition("-")[2]

    @property
    def panel(self) -> Panel:
        """All its comparisons on one scale, around the bound that the claim names."""
        rows = tuple(_row(row, row["comparison"], str(row["claimed"])) for row in self.comparisons)
        bound = float(self.comparisons[0]["bound"])
        same = all(row["bound"] == bound for row in self.comparisons)
        return scaled("", rows, bound if same else math.nan, f"{bound:g}" if same else "")


def told_claims(tables: dict[str, Table]) -> list[ToldClaim]:
    """Read the claims of a study's first setting; none of a study that the paper says nothing of."""
    if "claims" not in tables:
        return []
    parts = tables["claims-comparisons"].rows
    return [_told(row, tuple(part for part in parts if part["claim"] == row["claim"])) for row in tables["claims"].rows]


def picture(claims: list[ToldClaim], prefix: str) -> Panel:
    """Draw the deciding comparison of each primary claim; a value to the right of the line is as claimed."""
    rows = []
    for claim in claims:
        tested = [(row["comparison"], row["claimed"]) for row in claim.comparisons]
        part = claim.comparisons[tested.index((claim.deciding["comparison"], claim.deciding["claimed"]))]
        bound, sign = float(part["bound"]), -1 if str(part["claimed"]).startswith("<") else 1
        turned = part | {"estimate": _turned(part["estimate"], bound, sign)}
        turned |= {"published": _turned(part["published"], bound, sign)}
        rows.append(_row(turned, f"{claim.number}. {_short(part['comparison'])}", link=f"{prefix}{claim.id}"))
    return scaled("", tuple(rows), 0, "← opposite · as claimed →")


def _told(row: dict[str, Any], comparisons: tuple[dict[str, Any], ...]) -> ToldClaim:
    return ToldClaim(
        row["claim"],
        row["statement"],
        row["verdict"],
        row["verdict paper"],
        row["why"],
        row["caution paper"],
        row["p_holm"] != "",
        row,
        comparisons,
    )


def _short(comparison: str) -> str:
    """Leave out where a comparison is made: "T/V [abc]: ConvLSTM − 3D CNN" -> "T/V: ConvLSTM − 3D CNN"."""
    return re.sub(r" \[[^\]]*\]", "", comparison)


def _turned(estimate: Estimate, bound: float, sign: int) -> Estimate:
    """Measure from the bound, towards what is claimed."""
    low, high = sorted((sign * (estimate.low - bound), sign * (estimate.high - bound)))
    return Estimate(sign * (estimate.value - bound), low, high, why=estimate.why)


def _row(part: dict[str, Any], label: str, over: str = "", link: str = "") -> Row:
    shown = estimate_text(part["estimate"], "{:.3f}".format)
    return Row(PLAIN_STYLE, part["estimate"], shown, over, label, part["published"], link)
