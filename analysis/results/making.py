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
    return _write_tables(analysis, analysis.load(study, damaged={}), only, tolerance, results_root(), halves)


def rebuild_tables(study: str, tolerance: float, halves: bool, runs: Path, results: Path) -> list[Path]:
    """Write the tables of a study that is below `runs`, below `results`, and return their paths.

    Raises:
        UserError: a run cannot be used.
    """
    analysis = analysis_of(study)
    return _write_tables(analysis, analysis.load(study, runs), (), tolerance, results, halves)[1]


def _write_tables(
    analysis: StudyAnalysis[Any],
    loaded: Loaded,
    only: tuple[str, ...],
    tolerance: float,
    results: Path,
    halves: bool,
) -> Made:
    halved = analysis.halved_tables(loaded, tolerance) if halves else {}
    made = analysis.tables(loaded, tolerance) | analysis.claims_tables(loaded, tolerance) | halved
    folder, chosen = results / loaded.key / "tables", _chosen(only, made)
    # What lineage.json says of the others that are there has to be true of their files, too.
    there = [name for name in made if name in chosen or (folder / f"{name}.csv").exists()]
    paths = [path for name in there for path in write_table(made[name], folder, FORMATS)]
    paths.append(write_lineage(loaded, list(made.values()), {}, folder, tolerance, halves))
    return [to_markdown(made[chosen[0]])], paths, loaded


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


def last_made(study: str) -> tuple[float, bool]:
    """Return the tolerance, and whether of halves too, that the study's tables were last made with; else the defaults.

    The tolerance is a share.
    """
    if not (results_root() / study / "tables" / NAME).exists():
        return TOLERANCE, False
    values = Lineage.of_study(study).values
    return values["tolerance"], values.get("halves", False)


def _chosen(only: tuple[str, ...], names: Collection[str]) -> list[str]:
    """Return the names asked for, all of them by default."""
    if unknown := [name for name in only if name not in names]:
        raise UserError(f"--only {unknown[0]}: the study has {', '.join(names)}.{did_you_mean(unknown[0], names)}")
    return [name for name in names if not only or name in only]
