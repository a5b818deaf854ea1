"""Every two models against each other on Diving48: differences of ratios around 0, beside the paper's."""

import math
from typing import Any

import numpy as np

from analysis.content.finding import Finding, estimate_text, interval_note
from analysis.content.forest import PLAIN_STYLE, Row, scaled
from analysis.published.tables import RATIOS, published_ratios
from analysis.table.tables import Estimate, Table

NOTE = "First minus second, mean over the experiments in which both have a checkpoint, in the unit of the ratio."
OF_PAPER = "Dark line: the difference of the paper's own means over the same experiments."


def diving_contrasts(table: Table, is_papers: bool) -> Finding:
    """Draw a panel for each ratio, a row for each pair of models, beside the paper's value in a study of its models."""
    panels = []
    for name in dict.fromkeys(row["ratio"] for row in table.rows):
        rows = tuple(_row(row, is_papers) for row in table.rows if row["ratio"] == name)
        panels.append(scaled(name, rows, 0, "no difference"))
    sentences = [] if panels else ["No two models have a matched checkpoint in one experiment yet."]
    note = f"{NOTE} {interval_note(panels)}"
    return Finding(table.title, sentences, panels, f"{note} {OF_PAPER}" if is_papers else note)


def _row(row: dict[str, Any], is_papers: bool) -> Row:
    shown = estimate_text(row["difference"], "{:+.3f}".format)
    value = _published(row["comparison"], row["ratio"], row["over"].split(", ")) if is_papers else math.nan
    return Row(PLAIN_STYLE, row["difference"], shown, "", row["comparison"], Estimate(value))


def _published(comparison: str, name: str, letters: list[str]) -> float:
    """Subtract the paper's means over some experiments; NaN where it has no such ratio."""
    if name not in RATIOS:
        return math.nan
    values = published_ratios().set_index(["model", "experiment"])[name]
    first, second = comparison.split(" − ")
    return float(np.mean([values[first, letter] - values[second, letter] for letter in letters]))
