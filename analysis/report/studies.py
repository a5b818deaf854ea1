"""What the page is made of: every study that has results, read and turned into tables and figures once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from analysis.results.making import last_made
from analysis.results.registry import analysis_of
from analysis.runs.load import read_result
from analysis.studies.base import Loaded, Runs, StudyAnalysis
from analysis.table.tables import Table


@dataclass(frozen=True, eq=False)
class Reported:
    """One study with all that the page says of it.

    Attributes:
        analysis: of the study.
        loaded: its runs and accuracies.
        runs: each expected run with its result.json; None where there is none.
        tables: by name, the main one first.
        figures: by name, what draws it; that returns None where no run has what it shows.
        certainty: what the verdicts on claims are about, in some words; empty: the models.
        tolerance: how far off a level a checkpoint may be.
    """

    analysis: StudyAnalysis[Any]
    loaded: Loaded
    runs: Runs
    tables: dict[str, Table]
    figures: dict[str, Callable[[], Figure | None]]
    certainty: str
    tolerance: float

    @property
    def key(self) -> str:
        """Such as `ts` or `diving48-demo`."""
        return self.loaded.key

    @property
    def question(self) -> str:
        """What it asks, as its analysis says; may be empty."""
        return self.analysis.question

    @property
    def title(self) -> str:
        """Its name for people; a variant says so."""
        variant = self.key.removeprefix(self.analysis.key).removeprefix("-")
        return self.analysis.title + (f", variant “{variant}”" if variant else "")


def read_study(key: str) -> Reported:
    """Read, check and compute everything of a study; that takes seconds, for Diving48's intervals up to a minute.

    Raises:
        UserError: the study has no result, or a file of it is missing or damaged.
    """
    damaged: dict[str, str] = {}
    analysis, (tolerance, _) = analysis_of(key), last_made(key)
    loaded = analysis.load(key, damaged=damaged)
    tables = analysis.tables(loaded, tolerance) | analysis.claims_tables(loaded, tolerance)
    figures = {name: draw for name, (draw, _) in analysis.figures(loaded, tolerance).items()}
    runs = [(spec, None if spec.id in damaged else read_result(spec)) for spec in loaded.runs["spec"]]
    return Reported(analysis, loaded, runs, tables, figures, analysis.certainty(loaded, tolerance), tolerance)
