"""A study's main finding, in numbers and a sentence each: accuracy far from home, or ratios averaged over experiments.

Every number is a cell of a table on the same page.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from markupsafe import Markup

from analysis.plotting.style import DOMAIN_NAMES, model_styles, role_styles, targets_by_distance
from analysis.published.tables import LOWER_IS_BETTER, RATIOS
from analysis.report.elements.forest import Panel, Row
from analysis.report.elements.markup import render
from analysis.report.studies import Reported
from analysis.table.tables import Estimate, Table, percent, ratio
from analysis.temporal_shape.statistics import CHANCE

INTERVALS = "[low, high] and whiskers: 95 % intervals; the tables say what they are over."


class Finding(NamedTuple):
    """What one setting of the study has shown."""

    title: str
    sentences: list[str]
    panels: list[Panel]
    note: str


def findings_html(study: Reported) -> Markup:
    """Find what every setting of the study shows."""
    if study.is_diving:
        tables = [table for name, table in study.tables.items() if name.startswith("table1-intervals")]
        findings = [_diving(table) for table in tables]
    else:
        findings = _temporal_shape(study.tables["accuracy-iqm"])
    return render("findings", findings=findings)


def _temporal_shape(table: Table) -> list[Finding]:
    """Find, for each direction, accuracy on the domain trained on, held out, and on the targets, nearest first."""
    parts = []
    domains = [column.key for column in table.columns]
    for rows in table.groups():
        source = rows[0]["source"]
        styles = model_styles([row["model"] for row in rows])
        targets = targets_by_distance(source, domains)
        panels = []
        for domain in (source, *targets):
            of_domain = {row["model"]: row[domain] for row in rows if isinstance(row.get(domain), Estimate)}
            shown = tuple(Row(styles[m], e, _shown(e, percent, " %")) for m, e in of_domain.items())
            title = DOMAIN_NAMES[domain] + " held-out" * (domain == source)
            panels.append(Panel(title, shown, 1, CHANCE, f"chance {100 * CHANCE:.0f} %"))
        sentence = (
            f"Trained on {DOMAIN_NAMES[source]} and tested on {DOMAIN_NAMES[targets[-1]]}, the farthest domain: "
            f"{_ranking(panels[-1].rows, lowest_first=False)}"
        )
        parts.append(
            Finding(
                f"Trained on {DOMAIN_NAMES[source]}: accuracy",
                [sentence],
                panels,
                f"Interquartile mean over sizes and seeds. {INTERVALS}",
            )
        )
    return parts


def _diving(table: Table) -> Finding:
    styles, panels, sentences = role_styles(), [], []
    ends = [end for row in table.rows for end in (row["mean"].value, row["mean"].high) if not math.isnan(end)]
    top = max([1.0, *ends])
    for name in RATIOS:
        rows = [row for row in table.rows if row["ratio"] == name]
        shown = tuple(
            Row(styles[row["model"]], row["mean"], _shown(row["mean"], ratio), str(row["runs"])) for row in rows
        )
        lowest = name in LOWER_IS_BETTER
        panels.append(Panel(f"{name}, {'lower' if lowest else 'higher'} is better", shown, top, 1, "no drop"))
        sentences.append(f"{name}: {_ranking(shown, lowest)}")
    note = (
        "Mean of the robustness ratios over the experiments that have a matched checkpoint (n/N, beside the name). "
        f"{INTERVALS}"
    )
    return Finding(table.title, sentences, panels, note)


def _shown(estimate: Estimate, show: Callable[[float], str], unit: str = "") -> str:
    if math.isnan(estimate.value):
        return estimate.why or "–"
    bounds = "" if math.isnan(estimate.low) else f" [{show(estimate.low)}, {show(estimate.high)}]"
    return show(estimate.value) + unit + bounds


def _ranking(rows: tuple[Row, ...], lowest_first: bool) -> str:
    """Name the first two models and say whether their intervals overlap."""
    known = [row for row in rows if not math.isnan(row.estimate.value)]
    known.sort(key=lambda row: row.estimate.value, reverse=not lowest_first)
    if not known:
        return "no model has a value yet."
    first = f"{'lowest' if lowest_first else 'highest'} is {known[0].style.label} with {known[0].shown}"
    if len(known) == 1:
        return f"{first}, the only model that has a value."
    a, b = known[0].estimate, known[1].estimate
    verdict = "overlap" if max(a.low, b.low) <= min(a.high, b.high) else "do not overlap"
    comparison = "" if math.isnan(a.low) or math.isnan(b.low) else f"; their 95 % intervals {verdict}"
    return f"{first}, then {known[1].style.label} with {known[1].shown}{comparison}."
