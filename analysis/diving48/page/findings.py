"""The finding of a Diving48 study: robustness ratios averaged over experiments."""

import math
from functools import partial

from analysis.content.finding import Finding, difference_text, estimate_text, interval_note, ranking
from analysis.content.forest import Panel, Row
from analysis.plotting.style import ModelStyle
from analysis.published.tables import LOWER_IS_BETTER
from analysis.table.contrasts import difference_of
from analysis.table.tables import Table, ratio
from xdomain.domains.registry import TEMPORAL


def diving_finding(table: Table, contrasts: Table, styles: dict[str, ModelStyle]) -> Finding:
    """Average the robustness ratios over experiments: a panel for each ratio.

    Args:
        table: of the means.
        contrasts: averaged, too.
        styles: of the models, by their role.
    """
    panels, sentences = [], []
    ends = [end for row in table.rows for end in (row["mean"].value, row["mean"].high) if not math.isnan(end)]
    top = 1.06 * max([1.0, *ends])
    for name in dict.fromkeys(row["ratio"] for row in table.rows):
        rows = [row for row in table.rows if row["ratio"] == name]
        shown = tuple(
            Row(styles[row["model"]], row["mean"], estimate_text(row["mean"], ratio), str(row["runs"])) for row in rows
        )
        lowest = name in LOWER_IS_BETTER
        better = "" if name.split("/")[0] in TEMPORAL else f", {'lower' if lowest else 'higher'} is better"
        panels.append(Panel(name + better, shown, top, 1, "no drop"))
        sentences.append(f"{name}: {ranking(shown, lowest, partial(_apart, contrasts, name))}")
    note = (
        "Mean of the robustness ratios over the experiments that have a matched checkpoint (n/N, beside the name). "
        f"{interval_note(panels)}"
    )
    return Finding(table.title, sentences, panels, note)


def _apart(contrasts: Table, name: str, first: str, second: str) -> str:
    """Tell the difference of two models' ratios."""
    found = difference_of(contrasts, first, second, "difference", ratio=name)
    return difference_text(found, ratio, " over the experiments that both have")
