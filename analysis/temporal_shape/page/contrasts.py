"""Every two models against each other on Temporal Shape: differences of accuracy around 0."""

from typing import Any

from analysis.content.finding import Finding, estimate_text, interval_note
from analysis.content.forest import PLAIN_STYLE, Row, scaled
from analysis.plotting.style import DOMAIN_NAMES
from analysis.table.tables import Estimate, Table

NOTE = (
    "First minus second: difference of the interquartile means of accuracy over the sizes that both have, in points. "
    "The paper prints no such number."
)


def shape_contrasts(table: Table) -> list[Finding]:
    """Draw a panel for each domain and a row for each pair of models, by direction."""
    findings = []
    for source in dict.fromkeys(row["source"] for row in table.rows):
        of_source = [row for row in table.rows if row["source"] == source]
        panels = [
            scaled(
                DOMAIN_NAMES[domain] + " held-out" * (domain == source),
                tuple(_row(row) for row in of_source if row["domain"] == domain),
                0,
                "no difference",
            )
            for domain in dict.fromkeys(row["domain"] for row in of_source)
        ]
        note = f"{NOTE} {interval_note(panels)}"
        findings.append(Finding(f"Trained on {DOMAIN_NAMES[source]}: accuracy, two models apart", [], panels, note))
    return findings


def _row(row: dict[str, Any]) -> Row:
    found = row["accuracy"]
    points = Estimate(100 * found.value, 100 * found.low, 100 * found.high, why=found.why)
    return Row(PLAIN_STYLE, points, estimate_text(points, "{:+.1f}".format), "", row["comparison"])
