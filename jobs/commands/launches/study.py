"""`python -m jobs.launch study`: a study of your own, in one file."""

from pathlib import Path

import click

from jobs.commands.launches.options import WHERE, option, where_and_how
from jobs.launching.options import Options
from jobs.launching.own_study.launch import launch_study
from xdomain.core.cli import Command
from xdomain.core.errors import UserError


@click.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@option(WHERE, "--no-cache", is_flag=True, help="Decode the videos while training.")
@where_and_how
def study(file: Path, options: Options) -> None:
    r"""Launch a study of your own, which FILE describes.

    FILE is a TOML file with a data set, models, seeds, a recipe, domains and the experiments that compare them;
    `python -m xdomain new-study DIR` writes a commented one. Everything is checked before anything is trained. The
    launch keeps the file in the runs root: status, tables, report, why and bundle find the study by its name, and
    another study cannot be launched under it. What decides its runs stands in the file, so there is no --set: for a
    variant, copy the file and change its name.

    \b
    Examples:
      python -m xdomain new-study mine
      python -m jobs.launch study mine/study.toml --dry-run
      python -m jobs.launch study mine/study.toml --profile my-cluster.toml
      python -m analysis tables --study mine
    """
    if options.as_json:
        raise UserError("--json describes a single launch: use it with ts-grid, diving or evaluate.")
    launch_study(file, options)
