"""Writing a study's tables and figures, whatever the study, and only when something has changed."""

import sys
from collections import Counter
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

import click
from matplotlib.figure import Figure

from analysis.diving48.figures import diving_figures
from analysis.diving48.load import DivingStudy, load_diving
from analysis.diving48.tables import diving_tables
from analysis.plotting.canvas import render
from analysis.published.tables import published_tables
from analysis.results.cells import write_lineage
from analysis.runs.expected import Damaged, is_diving
from analysis.runs.load import Study, completeness, first_few, load_study
from analysis.runs.matching import TOLERANCE
from analysis.runs.unchanged import inputs_digest, recall, remember
from analysis.table.formats import to_csv, to_latex, to_markdown
from analysis.table.tables import Table, write_table
from analysis.temporal_shape.figures import FIGURES
from analysis.temporal_shape.tables import paper_tables
from analysis.temporal_shape.tables import tables as temporal_shape_tables
from xdomain.core.errors import UserError
from xdomain.core.roots import results_root
from xdomain.runs.lineage import NAME, Lineage
from xdomain.runs.run_folder import FINISHED

LISTED = 30  # files that are told one by one
FORMATS: dict[str, Callable[[Table], str]] = {"csv": to_csv, "md": to_markdown, "tex": to_latex}
Figures = dict[str, tuple[Callable[[], Figure | None], tuple[str, ...]]]
Made = tuple[list[str], list[Path], Study | DivingStudy]  # what to say, what was written, what it was made of


def write_published(only: tuple[str, ...]) -> None:
    """Make the paper's Diving48 tables from its published numbers; show Tables 1 and 7 and the errata."""
    made = published_tables()
    folder = results_root() / "published" / "tables"
    chosen = _chosen(only, made)
    paths = [path for name in chosen for path in write_table(made[name], folder, FORMATS)]
    for name in chosen if only else ("table1", "table7", "errata"):
        click.echo(to_markdown(made[name]))
    click.echo("\n".join(_places(paths)))


def make_once(
    command: str,
    study: str,
    only: tuple[str, ...],
    tolerance: float,
    strict: bool,
    write: Callable[[str, tuple[str, ...], float], Made],
) -> None:
    """Write what a command makes, unless the same was made of the same files before; a strict one fails on gaps."""
    inputs = inputs_digest(study, (command, only, tolerance))
    if done := recall(study, command, inputs):
        click.echo(
            "\n".join([*done.said, f"Nothing has changed since these {command} were made: they stay as they are."])
        )
        lacking = done.lacking
    else:
        said, paths, loaded = write(study, only, tolerance / 100)
        said.append(f"{loaded.key}: {completeness(loaded.runs)}.")
        said += [f"Note: {problem}" for problem in loaded.problems]
        said += _places(paths)
        click.echo("\n".join(said))
        lacking = loaded.runs.loc[loaded.runs["status"] != FINISHED, "id"].tolist()
        remember(study, command, inputs, paths, said, lacking)
    if strict and lacking:
        click.echo(f"Incomplete: {len(lacking)} runs are missing or diverged: {first_few(lacking)}.", err=True)
        sys.exit(1)


def _places(paths: list[Path]) -> list[str]:
    """Say where the files are: each by its name, or, where that would fill the screen, folder by folder."""
    if len(paths) <= LISTED:
        return list(map(str, paths))
    folders = Counter(path.parent for path in paths)
    return [f"{count} files in {folder}" for folder, count in folders.items()]


def write_tables(study: str, only: tuple[str, ...], tolerance: float) -> Made:
    """Write the tables; the first one is also said. Runs that cannot be used count as missing, and are said too."""
    return _write_tables(load_any(study, damaged={}), only, tolerance, results_root())


def rebuild_tables(study: str, tolerance: float, runs: Path, results: Path) -> list[Path]:
    """Write the tables of a study that is below `runs`, below `results`, and return their paths.

    Raises:
        UserError: a run cannot be used.
    """
    return _write_tables(load_any(study, runs), (), tolerance, results)[1]


def _write_tables(loaded: Study | DivingStudy, only: tuple[str, ...], tolerance: float, results: Path) -> Made:
    made = diving_tables(loaded, tolerance) if isinstance(loaded, DivingStudy) else temporal_shape_tables(loaded)
    folder = results / loaded.key / "tables"
    chosen = _chosen(only, made)
    paths = [path for name in chosen for path in write_table(made[name], folder, FORMATS)]
    paths.append(write_lineage(loaded, list(made.values()), {}, folder, tolerance))
    return [to_markdown(made[chosen[0]])], paths, loaded


def write_figures(study: str, only: tuple[str, ...], tolerance: float) -> Made:
    """Draw the figures; what cannot be drawn is said."""
    loaded = load_any(study, damaged={})
    folder = results_root() / study / "figures"
    made = diving_tables(loaded, tolerance) if isinstance(loaded, DivingStudy) else paper_tables(loaded)
    drawings = figures_of(loaded, tolerance)
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


def load_any(study: str, runs: Path | None = None, damaged: Damaged | None = None) -> Study | DivingStudy:
    """Read and check the study of that key; the arguments are those of `analysis.runs.load.load_study`."""
    return (load_diving if is_diving(study) else load_study)(study, runs, damaged)


def last_tolerance(study: str) -> float:
    """Return what the study's tables were last made with, the default where there are none yet."""
    made = (results_root() / study / "tables" / NAME).exists()
    return Lineage.of_study(study).values["tolerance"] if made else TOLERANCE


def figures_of(loaded: Study | DivingStudy, tolerance: float) -> Figures:
    """Return, by file stem, what draws a figure, and the tables that its points are cells of."""
    if isinstance(loaded, DivingStudy):
        return diving_figures(loaded, tolerance)
    return {name: (partial(draw, loaded), names) for name, (draw, names) in FIGURES.items()}


def _chosen(only: tuple[str, ...], names: Collection[str]) -> list[str]:
    """Return the names asked for, all of them by default."""
    if unknown := [name for name in only if name not in names]:
        raise UserError(f"--only {unknown[0]}: the study has {', '.join(names)}.")
    return [name for name in names if not only or name in only]
