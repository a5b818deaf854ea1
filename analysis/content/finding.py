"""What a study has found, in sentences and estimates. Every number is a cell of a table on the same page."""

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

from analysis.content.forest import Panel, Row
from analysis.table.tables import Estimate

FLOORS = "floors"  # in a row of a table of accuracies: domain -> share of its commonest class
INTERVALS = "[low, high] and whiskers: 95 % intervals; the tables say what they are over."
NO_INTERVALS = "There is no interval: seeds or source videos are too few."


class Finding(NamedTuple):
    """What one setting of the study has shown."""

    title: str
    sentences: list[str]
    panels: list[Panel]
    note: str


def interval_note(panels: Iterable[Panel]) -> str:
    """Say what the whiskers of some panels are, or why there are none."""
    rows = [row for panel in panels for row in panel.rows if row.has_value]
    return NO_INTERVALS if rows and not any(row.has_interval for row in rows) else INTERVALS


def estimate_text(estimate: Estimate, show: Callable[[float], str], unit: str = "") -> str:
    """Show an estimate with its interval, or why it has no value."""
    if math.isnan(estimate.value):
        return estimate.why or "–"
    bounds = "" if math.isnan(estimate.low) else f" [{show(estimate.low)}, {show(estimate.high)}]"
    return (show(estimate.value) + unit + bounds).replace("-", "−")


def difference_text(estimate: Estimate | None, show: Callable[[float], str], over: str) -> str:
    """Tell a difference with its interval, which rests on shared draws: overlapping intervals say nothing of it."""
    if estimate is None or math.isnan(estimate.low):
        return ""
    verdict = "cannot be told from 0" if estimate.low <= 0 <= estimate.high else "is not 0"
    return f"; their difference, {estimate_text(estimate, show)}{over}, {verdict}"


def ranking(rows: tuple[Row, ...], lowest_first: bool, apart: Callable[[str, str], str]) -> str:
    """Name the first two models, and what `apart` says of their difference."""
    known = [row for row in rows if not math.isnan(row.estimate.value)]
    known.sort(key=lambda row: row.estimate.value, reverse=not lowest_first)
    if not known:
        return "no model has a value yet."
    first = f"{'lowest' if lowest_first else 'highest'} is {known[0].style.label} with {known[0].shown}"
    if len(known) == 1:
        return f"{first}, the only model that has a value."
    told = apart(known[0].style.label, known[1].style.label)
    return f"{first}, then {known[1].style.label} with {known[1].shown}{told}."
