"""The finding of a Temporal Shape study: accuracy far from the domain trained on."""

from analysis.content.finding import INTERVALS, Finding, estimate_text, ranking
from analysis.content.forest import Panel, Row
from analysis.plotting.style import DOMAIN_NAMES, model_styles, targets_by_distance
from analysis.table.tables import Estimate, Table, percent
from xdomain.studies.temporal_shape import CLASSES

CHANCE = 1 / len(CLASSES)


def temporal_shape_findings(table: Table) -> list[Finding]:
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
            panels.append(Panel(title, shown, 1, CHANCE, f"chance {100 * CHANCE:.0f} %"))
        sentence = (
            f"Trained on {DOMAIN_NAMES[source]} and tested on {DOMAIN_NAMES[targets[-1]]}, the farthest domain: "
            f"{ranking(panels[-1].rows, lowest_first=False)}"
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
