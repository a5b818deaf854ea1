"""Writing a study's tables and figures, whatever the study."""

from collections import Counter
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Any

from analysis.plotting.canvas import render
from analysis.published.tables import published_tables
from analysis.results.cells import write_lineage
from analysis.results.registry import analysis_of
from analysis.runs.matching import TOLERANCE
from analysis.runs.notes import completeness
from analysis.studies.base import Loaded, StudyAnalysis
from analysis.table.formats import to_csv, to_markdown
from analysis.table.latex import to_latex
from analysis.table.tables import Table, write_table
from xdomain.core.errors import UserError
from xdomain.core.names import did_you_mean
from xdomain.core.output import say
from xdomain.core.roots import results_root
from xdomain.runs.lineage import NAME, Lineage

LISTED = 40  # files that are told one by one
FORMATS: dict[str, Callable[[Table], str]] = {"csv": to_csv, "md": to_markdown, "tex": to_latex}
Made = tuple[list[str], list[Path], Loaded]  # what to say, what was written, what it was made of


def write_published(only: tuple[str, ...]) -> None:
    """Make the paper's Diving48 tables from its published numbers; show Tables 1 and 7 and the errata."""
    made = published_tables()
    folder = results_root() / "published" / "tables"
    chosen = _chosen(only, made)
    paths = [path for name in chosen for path in write_table(made[name], folder, FORMATS)]
    for name in chosen if only else ("table1", "table7", "errata"):
        say(to_markdown(made[name]))
    say("\n".join(_places(paths)))


def make(command: str, study: str, only: tuple[str, ...], tolerance: float, halves: bool = False) -> Made:
    """Write what a command makes, and say what there is to say of it.

    Args:
        command: tables or figures.
        study: its name.
        only: which of them; empty: all.
        tolerance: in points.
        halves: of tables: also those whose checkpoints one half of the validation clips chose.
    """
    write = partial(write_tables, halves=halves) if command == "tables" else write_figures
    said, paths, loaded = write(study, only, tolerance / 100)
    said.append(f"{loaded.key}: {completeness(loaded.runs)}.")
    said += [f"Note: {problem}" for problem in loaded.problems]
    return [*said, *_places(paths)], paths, loaded


def _places(paths: list[Path]) -> list[str]:
    """Say where the files are: each by its name, or, where that would fill the screen, folder by folder."""
    if len(paths) <= LISTED:
        return list(map(str, paths))
    folders = Counter(path.parent for path in paths)
    return [f"{count} files in {folder}" for folder, count in folders.items()]


def write_tables(study: str, only: tuple[str, ...], tolerance: float, halves: bool = False) -> Made:
    """Write the tables; the first one is also said. Runs that cannot be used count as missing, and are said too."""
    analysis = analysis_of(study)
    loaded = analysis.load(study, damaged={})
    halved = analysis.halved_tables(loaded, tolerance) if halves else {}
    return _write_tables(analysis, loaded, only, tolerance, results_root(), halved)


def rebuild_tables(study: str, tolerance: float, runs: Path, results: Path) -> list[Path]:
    """Write the tables of a study that is below `runs`, below `results`, and return their paths.

    Raises:
        UserError: a run cannot be used.
    """
    analysis = analysis_of(study)
    return _write_tables(analysis, analysis.load(study, runs), (), tolerance, results, {})[1]


def _write_tables(
    analysis: StudyAnalysis[Any],
    loaded: Loaded,
    only: tuple[str, ...],
    tolerance: float,
    results: Path,
    more: dict[str, Table],
) -> Made:
    made = analysis.tables(loaded, tolerance) | analysis.claims_tables(loaded, tolerance)
    folder, every = results / loaded.key / "tables", made | more
    chosen = _chosen(only, every)
    paths = [path for name in chosen for path in write_table(every[name], folder, FORMATS)]
    paths.append(write_lineage(loaded, list(made.values()), {}, folder, tolerance))
    return [to_markdown(every[chosen[0]])], paths, loaded


def write_figures(study: str, only: tuple[str, ...], tolerance: float) -> Made:
    """Draw the figures; what cannot be drawn is said."""
    analysis = analysis_of(study)
    loaded = analysis.load(study, damaged={})
    folder = results_root() / study / "figures"
    made, drawings = analysis.figure_tables(loaded, tolerance), analysis.figures(loaded, tolerance)
    said, paths, points = [], [], {}
    for name in _chosen(only, drawings):
        draw, names = drawings[name]
        if written := render(draw, folder, name):
            points[name] = tuple(table for table in names if table in made)
        else:
            said.append(f"{name} is not drawn: the study has no finished runs for it.")
        paths += written
    paths.append(write_lineage(loaded, list(made.values()), points, folder, tolerance))
    return said, paths, loaded


def last_tolerance(study: str) -> float:
    """Return what the study's tables were last made with, the default where there are none yet."""
    made = (results_root() / study / "tables" / NAME).exists()
    return Lineage.of_study(study).values["tolerance"] if made else TOLERANCE


def _chosen(only: tuple[str, ...], names: Collection[str]) -> list[str]:
    """Return the names asked for, all of them by default."""
    if unknown := [name for name in only if name not in names]:
        raise UserError(f"--only {unknown[0]}: the study has {', '.join(names)}.{did_you_mean(unknown[0], names)}")
    return [name for name in names if not only or name in only]
