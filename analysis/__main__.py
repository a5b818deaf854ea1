"""Tables and figures of a study from its run folders.

    python -m analysis tables
    python -m analysis figures --study ts-demo

It reads files only, needs no accelerator, and takes seconds for the paper's 400 runs.
"""

import sys
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

import click

from analysis.canvas import render
from analysis.figures import FIGURES
from analysis.formats import to_csv, to_latex, to_markdown
from analysis.lineage import write_lineage
from analysis.load import Study, completeness, first_few, load_study
from analysis.tables import write_table
from analysis.temporal_shape_tables import tables as make_tables
from xdomain.cli import Group
from xdomain.errors import UserError
from xdomain.records import FINISHED
from xdomain.roots import results_root

FORMATS = {"csv": to_csv, "md": to_markdown, "tex": to_latex}


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Make a study's tables and figures from its finished runs.

    \b
    Examples:
      python -m analysis tables                   every table, as CSV, Markdown and LaTeX
      python -m analysis figures                  every figure, as PNG and PDF
      python -m analysis tables --study ts-demo   of the demo's runs
      python -m analysis tables --strict          fail unless every run has finished

    They may be made at any time: unfinished runs are counted and marked, never guessed.
    XDOMAIN_RUNS and XDOMAIN_RESULTS say where runs are read and results written (./runs, ./results).
    """


def _options(what: str, example: str) -> Callable:
    def decorate(command: Callable) -> Callable:
        for option in (
            click.option("--study", default="ts", show_default=True, help="A folder below the runs root."),
            click.option(
                "--only",
                multiple=True,
                metavar="NAME",
                help=f"Only this {what}, such as {example}; may be repeated.",
            ),
            click.option("--strict", is_flag=True, help="Exit with 1, after writing, unless every run has finished."),
        ):
            command = option(command)
        return command

    return decorate


@main.command()
@_options("table", "accuracy-average")
def tables(study: str, only: tuple[str, ...], strict: bool) -> None:
    """Write every table of a study and show the main one.

    Accuracy by domain, averaged over sizes and seeds and by size; robustness ratios; parameter counts.

    \b
    Examples:
      python -m analysis tables
      python -m analysis tables --study ts-demo
      python -m analysis tables --only parameters
    """
    loaded = load_study(study)
    made = make_tables(loaded)
    folder = results_root() / study / "tables"
    chosen = _chosen(only, made)
    paths = [path for name in chosen for path in write_table(made[name], folder, FORMATS)]
    paths.append(write_lineage(loaded, list(made.values()), {}, folder))
    click.echo(to_markdown(made[chosen[0]]))
    _finish(loaded, paths, strict)


@main.command()
@_options("figure", "fig3")
def figures(study: str, only: tuple[str, ...], strict: bool) -> None:
    """Draw the paper's figures of a study: 3, 4, 7, 8 and 9.

    \b
    Examples:
      python -m analysis figures
      python -m analysis figures --only fig3 --only fig9
    """
    loaded = load_study(study)
    folder = results_root() / study / "figures"
    made = make_tables(loaded)
    paths, points = [], {}
    for name in _chosen(only, FIGURES):
        draw, names = FIGURES[name]
        if written := render(partial(draw, loaded), folder, name):
            points[name] = tuple(table for table in names if table in made)
        else:
            click.echo(f"{name} is not drawn: the study has no finished runs for it.")
        paths += written
    paths.append(write_lineage(loaded, list(made.values()), points, folder))
    _finish(loaded, paths, strict)


def _chosen(only: tuple[str, ...], names: Collection[str]) -> list[str]:
    """The names asked for, all of them by default."""
    if unknown := [name for name in only if name not in names]:
        raise UserError(f"--only {unknown[0]}: the study has {', '.join(names)}.")
    return [name for name in names if not only or name in only]


def _finish(study: Study, paths: list[Path], strict: bool) -> None:
    """Say how complete the grid is and what was written; a strict command fails on anything incomplete."""
    click.echo(f"{study.key}: {completeness(study.runs)}.")
    for problem in study.problems:
        click.echo(f"Note: {problem}")
    for path in paths:
        click.echo(path)
    lacking = study.runs.loc[study.runs["status"] != FINISHED, "id"].tolist()
    if strict and lacking:
        click.echo(f"Incomplete: {len(lacking)} runs are missing or diverged: {first_few(lacking)}.", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main(prog_name="python -m analysis")
