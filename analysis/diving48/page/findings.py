"""The finding of a Diving48 study: robustness ratios averaged over experiments."""

import math

from analysis.content.finding import INTERVALS, Finding, estimate_text, ranking
from analysis.content.forest import Panel, Row
from analysis.plotting.style import role_styles
from analysis.published.tables import LOWER_IS_BETTER, RATIOS
from analysis.table.tables import Table, ratio


def diving_finding(table: Table) -> Finding:
    """Average the robustness ratios over experiments: a panel for each ratio."""
    styles, panels, sentences = role_styles(), [], []
    ends = [end for row in table.rows for end in (row["mean"].value, row["mean"].high) if not math.isnan(end)]
    top = max([1.0, *ends])
    for name in RATIOS:
        rows = [row for row in table.rows if row["ratio"] == name]
        shown = tuple(
            Row(styles[row["model"]], row["mean"], estimate_text(row["mean"], ratio), str(row["runs"])) for row in rows
        )
        lowest = name in LOWER_IS_BETTER
        panels.append(Panel(f"{name}, {'lower' if lowest else 'higher'} is better", shown, top, 1, "no drop"))
        sentences.append(f"{name}: {ranking(shown, lowest)}")
    note = (
        "Mean of the robustness ratios over the experiments that have a matched checkpoint (n/N, beside the name). "
        f"{INTERVALS}"
    )
    return Finding(table.title, sentences, panels, note)
