"""What a table of claims comes to, in two lines."""

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.statistics.multiplicity import CANNOT_TELL, CONTRADICTED, HOLDS
from analysis.table.tables import Table

VERDICTS = {HOLDS: "hold:", CONTRADICTED: "contradicted:", CANNOT_TELL: "cannot be told from these runs:"}


def summary(table: Table, study: str) -> str:
    """Say in two lines what a study's table of claims comes to: which have which verdict, and the clearest of them."""
    by_verdict = {verdict: [row for row in table.rows if row["verdict"] == verdict] for verdict in VERDICTS}
    counts = [f"{VERDICTS[verdict]} {_counted(verdict, rows)}" for verdict, rows in by_verdict.items()]
    counted = f"Of {len(table.rows)} claims {', '.join(counts)}."
    decided = by_verdict[HOLDS] + by_verdict[CONTRADICTED]
    if not decided:
        why = f"python -m analysis claims --study {study} says why of each"
        return f"{counted}\nMore seeds, sizes or clips would tell more: {why}."
    clearest = min(decided, key=lambda row: row["p"])
    return f"{counted}\nThe clearest, {clearest['claim']}, {clearest['verdict']}: {clearest['statement']}."


def _counted(verdict: str, rows: Sequence[Mapping[str, Any]]) -> str:
    names = ", ".join(row["claim"] for row in rows)
    return f"{len(rows)} ({names})" if rows and verdict != CANNOT_TELL else str(len(rows))
