"""lineage.json: the runs behind every cell of a study's tables."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from xdomain.core.record import Count, Fraction, Inside, Name, Record, Text

Place = Annotated[int, Field(ge=0, le=10**6)]  # in one of the lists


class TracedRun(Record):
    """An expected run; its recipe and its provenance are places in the lists of those names."""

    id: Inside
    status: Literal["finished", "diverged", "nonfinite", "missing"]
    provenance: Place | None
    recipe: Place
    ended: Text | None = None
    model: dict[str, Any]  # this and what follows are checked with the spec that they make
    seed: int
    evaluates: str


class TracedProvenance(Record):
    """Code, image, device and data of runs."""

    code_version: Text | None
    image_digest: Text | None
    device: Text | None
    data: dict[Text, Text]


class TracedRow(Record):
    """Cells of one row over the same runs."""

    row: list[Text]
    columns: list[Text]
    shown: list[Text]
    runs: list[Place]
    missing: list[Place]


class Match(Record):
    """The epoch that stands for a training in an experiment."""

    experiment: Text
    training: Place
    epoch: Count
    accuracy: Fraction


class LineageRecord(Record):
    """What stands behind a study's tables."""

    study: Name
    tolerance: Fraction = 0.005
    notes: list[Text] = []  # noqa: RUF012  (pydantic copies it)
    recipes: list[dict[str, Any]]  # specs without what is a run's own
    provenance: list[TracedProvenance]
    runs: Annotated[list[TracedRun], Field(max_length=100_000)]
    columns: dict[Name, dict[Text, Text]]
    tables: dict[Name, list[TracedRow]]
    needs: dict[Name, list[Place]]
    matches: list[Match] = []  # noqa: RUF012
    figures: dict[Name, list[Name]] = {}  # noqa: RUF012

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
