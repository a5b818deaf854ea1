"""lineage.json: the runs behind every cell of a study's tables."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from xdomain.core.record import Count, Fraction, Inside, Name, Record, Text

Place = Annotated[int, Field(ge=0, le=10**6)]  # in one of the lists


class TracedRun(Record):
    """An expected run; its recipe and its provenance are places in the lists of those names."""

    id: Inside  # the run's
    status: Literal["finished", "diverged", "nonfinite", "missing"]  # missing: it has no result
    provenance: Place | None  # place in the list `provenance`; none without a result
    recipe: Place  # place in the list `recipes`
    ended: Text | None = None  # as in its result
    model: dict[str, Any]  # as in its spec; this and what follows are checked with the spec that they make
    seed: int  # as in its spec
    evaluates: str  # as in its spec


class TracedProvenance(Record):
    """Code, image, device and data of runs."""

    code_version: Text | None  # as in the results
    image_digest: Text | None  # as in the results
    device: Text | None  # as in the results
    data: dict[Text, Text]  # set → SHA-256


class TracedRow(Record):
    """Cells of one row over the same runs."""

    row: list[Text]  # what tells the row apart, as shown
    columns: list[Text]  # keys of the cells' columns
    shown: list[Text]  # the cells, as written in the table
    runs: list[Place]  # places in the list `runs`: those that the cells are over
    missing: list[Place]  # likewise: those that the cells lack


class Match(Record):
    """The epoch that stands for a training in an experiment."""

    experiment: Text  # its letter
    training: Place  # place in the list `runs`
    epoch: Count  # counted from 0
    accuracy: Fraction  # of that epoch, on the validation clips


class LineageRecord(Record):
    """What stands behind a study's tables."""

    study: Name  # its key, such as ts-demo
    tolerance: Fraction = 0.005  # of validation accuracy around an experiment's level
    halves: bool = False  # whether those of `tables --halves` are among them
    notes: list[Text] = []  # what makes the runs differ more than they should
    recipes: list[dict[str, Any]]  # specs without what is a run's own
    provenance: list[TracedProvenance]  # each distinct one once
    runs: Annotated[list[TracedRun], Field(max_length=100_000)]  # every expected run, launched or not
    columns: dict[Name, dict[Text, Text]]  # table → column's key → its title
    tables: dict[Name, list[TracedRow]]  # by name
    needs: dict[Name, list[Place]]  # table → places in `runs` of all that it takes
    matches: list[Match] = []  # of Diving48
    figures: dict[Name, list[Name]] = {}  # figure → tables whose cells its points are

    @model_validator(mode="after")
    def _places_exist(self) -> "LineageRecord":
        """Refuse a place beyond its list, and a table that lacks columns or needs."""
        runs = len(self.runs)
        rows = [line for lines in self.tables.values() for line in lines]
        places = [place for line in rows for place in (*line.runs, *line.missing)]
        places += [place for ids in self.needs.values() for place in ids] + [match.training for match in self.matches]
        wrong = any(place >= runs for place in places)
        wrong |= any(run.recipe >= len(self.recipes) for run in self.runs)
        wrong |= any(run.provenance is not None and run.provenance >= len(self.provenance) for run in self.runs)
        wrong |= any(self.runs[place].provenance is None for line in rows for place in line.runs)
        wrong |= not self.tables.keys() <= self.columns.keys() & self.needs.keys()
        wrong |= any(len(line.columns) != len(line.shown) for line in rows)
        named = [(self.columns.get(name, {}), line) for name, lines in self.tables.items() for line in lines]
        wrong |= any(not columns.keys() >= {*line.columns} for columns, line in named)
        if wrong:
            raise PydanticCustomError("places", "its runs, recipes and tables do not belong together")
        return self
