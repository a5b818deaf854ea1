"""Which runs a table, a row or a cell is of, finished or not: what it would take to fill it."""

from typing import Any, Protocol

from analysis.diving48.load import DivingStudy
from analysis.diving48.needs import DivingNeeds
from analysis.runs.load import Study
from analysis.table.tables import Table
from xdomain.models import display_name
from xdomain.specs.spec import RunSpec


class Needs(Protocol):
    """What a study's tables take."""

    specs: dict[str, RunSpec]  # every run that is expected, or that a cell takes

    def of_table(self, table: Table) -> tuple[str, ...]:
        """List the ids of the runs of a complete table, of rows that cannot be there yet, too."""

    def of_cell(self, table: Table, row: dict[str, Any], key: str) -> tuple[str, ...]:
        """List the ids of the runs of one cell."""


def needs_of(study: Study | DivingStudy, tolerance: float) -> Needs:
    """List what the tables of `study` take."""
    return DivingNeeds(study, tolerance) if isinstance(study, DivingStudy) else TemporalShapeNeeds(study)


class TemporalShapeNeeds:
    """A run is evaluated on all domains: a row's values of source, model and size say which runs it is of."""

    def __init__(self, study: Study) -> None:
        self._runs = study.runs[["id", "source", "model", "hidden"]].to_dict("records")
        self.specs = dict(zip(study.runs["id"], study.runs["spec"], strict=True))

    def of_table(self, table: Table) -> tuple[str, ...]:
        """List the runs trained on the table's source; all where it is of several."""
        return self._matching(table, {})

    def of_cell(self, table: Table, row: dict[str, Any], key: str) -> tuple[str, ...]:
        """List the runs of the row."""
        return self._matching(table, row)

    def _matching(self, table: Table, row: dict[str, Any]) -> tuple[str, ...]:
        compared = row["comparison"].split(" > ") if "comparison" in row else None
        sources = {run["source"] for run in self._runs}
        own = row.get("source") or max((s for s in sources if table.name.endswith(f"-{s}")), key=len, default=None)
        return tuple(
            run["id"]
            for run in self._runs
            if run["source"] == (own or run["source"])
            and run["model"] == row.get("model", run["model"])
            and run["hidden"] == row.get("hidden", run["hidden"])
            and (compared is None or display_name(run["model"]) in compared)
        )
