"""The finding of a Temporal Shape study: accuracy far from the domain trained on."""

import math
from functools import partial

from analysis.content.finding import FLOORS, Finding, difference_text, estimate_text, interval_note, ranking
from analysis.content.forest import Panel, Row
from analysis.plotting.style import DOMAIN_NAMES, model_styles, targets_by_distance
from analysis.table.contrasts import difference_of
from analysis.table.tables import Estimate, Table, percent


def temporal_shape_findings(table: Table, contrasts: Table) -> list[Finding]:
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
            shown = tuple(Row(styles[m], e, estimate_text(e, percent, " %")) for m, e in of_domain.items())
            title = DOMAIN_NAMES[domain] + " held-out" * (domain == source)
            floor = max(row[FLOORS].get(domain, 0) for row in rows)
            panels.append(Panel(title, shown, 1, floor or math.nan, f"commonest class {percent(floor)} %", unit=0.01))
        sentence = (
            f"Trained on {DOMAIN_NAMES[source]} and tested on {DOMAIN_NAMES[targets[-1]]}, the farthest domain: "
            f"{ranking(panels[-1].rows, False, partial(_apart, contrasts, source, targets[-1]))}"
        )
        parts.append(
            Finding(
                f"Trained on {DOMAIN_NAMES[source]}: accuracy",
                [sentence, *_guessing(panels[-1])],
                panels,
                f"Interquartile mean over sizes and seeds. {interval_note(panels)}",
            )
        )
    return parts


def _guessing(panel: Panel) -> list[str]:
    """Write a sentence where no model is better than one that always names the commonest class."""
    known = [row.estimate.value for row in panel.rows if row.has_value]
    if not known or not max(known) <= panel.reference:
        return []
    return [f"No model is above the commonest class there, {percent(panel.reference)}\N{NO-BREAK SPACE}%."]


def _apart(contrasts: Table, source: str, domain: str, first: str, second: str) -> str:
    """Tell the difference of two models' accuracy."""
    found = difference_of(contrasts, first, second, "accuracy", source=source, domain=domain)
    return difference_text(found, percent, " points over the sizes that both have")
