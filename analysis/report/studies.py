"""What the page is made of: every study that has results, read and turned into tables and figures once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from analysis.diving48.load import DivingStudy
from analysis.diving48.tables import diving_tables
from analysis.results.making import figures_of, last_tolerance, load_any
from analysis.runs.expected import expected_runs, is_diving
from analysis.runs.load import Study, read_result
from analysis.table.tables import Table
from analysis.temporal_shape.tables import tables as temporal_shape_tables
from xdomain.core.errors import UserError
from xdomain.core.roots import runs_root
from xdomain.specs.spec import RunSpec
from xdomain.studies import diving48, temporal_shape

NAMES = {temporal_shape.STUDY: "Temporal Shape", diving48.STUDY: "Diving48"}


@dataclass(frozen=True, eq=False)
class Reported:
    """One study with all that the page says of it.

    Attributes:
        loaded: its runs and accuracies.
        runs: each expected run with its result.json; None where there is none.
        tables: by name, the main one first.
        figures: by name, what draws it; that returns None where no run has what it shows.
    """

    loaded: Study | DivingStudy
    runs: tuple[tuple[RunSpec, dict[str, Any] | None], ...]
    tables: dict[str, Table]
    figures: dict[str, Callable[[], Figure | None]]

    @property
    def key(self) -> str:
        """Such as `ts` or `diving48-demo`."""
        return self.loaded.key

    @property
    def is_diving(self) -> bool:
        """Whether it is of Diving48, else it is of Temporal Shape."""
        return is_diving(self.key)

    @property
    def title(self) -> str:
        """Its name for people; a variant says so."""
        study, _, variant = self.key.partition("-")
        return NAMES[study] + (f", variant “{variant}”" if variant else "")


def studies_with_results() -> list[str]:
    """List the studies below the runs root in which a run has ended: Temporal Shape first, variants after.

    Raises:
        UserError: there is none.
    """
    keys = {path.relative_to(runs_root()).parts[0] for path in runs_root().glob("*/*/*/h*/seed*/result.json")}
    order = [study for study in NAMES if study in keys or any(key.startswith(f"{study}-") for key in keys)]
    studies = [key for study in order for key in sorted(keys) if key == study or key.startswith(f"{study}-")]
    if not studies:
        raise UserError(
            f"No run below {runs_root()}/ has a result yet, so there is nothing to report. Make some with: make demo, "
            "or python -m jobs.launch. Runs that live elsewhere are found through XDOMAIN_RUNS."
        )
    return studies


def read_study(key: str) -> Reported:
    """Read, check and compute everything of a study; that takes seconds, for Diving48's intervals up to a minute.

    Raises:
        UserError: the study has no result, or a file of it is missing or damaged.
    """
    damaged: dict[str, str] = {}
    loaded, tolerance = load_any(key, damaged=damaged), last_tolerance(key)
    tables = diving_tables(loaded, tolerance) if isinstance(loaded, DivingStudy) else temporal_shape_tables(loaded)
    figures = {name: draw for name, (draw, _) in figures_of(loaded, tolerance).items()}
    specs, _ = expected_runs(key, damaged=damaged)
    results = tuple((spec, None if spec.id in damaged else read_result(spec)) for spec in specs)
    return Reported(loaded, results, tables, figures)
