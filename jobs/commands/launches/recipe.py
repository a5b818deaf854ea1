"""`python -m jobs.launch recipe`: a variant of a study, as a file."""

import click

from jobs.commands.launches.options import WHERE, option, where_and_how
from jobs.launching.options import Options, require_dry_run_for_json
from jobs.launching.recipes.carry_out import launch_recipe
from xdomain.core.cli import Command


@click.command(cls=Command)
@click.argument("recipe", metavar="RECIPE")
@option(WHERE, "--no-cache", is_flag=True, help="Decode the videos while training.")
@where_and_how
def recipe(recipe: str, options: Options) -> None:
    r"""Carry out a recipe: a variant of a study as a TOML file.

    RECIPE is a path, or the name of one that comes with the project. It says which runs there are, how they are
    trained, and where data comes from that is drawn for it; docs/formats.md has every key. Data, runs, tables, figures
    and a page are made one after another; on Slurm, the last is left to you. The same command goes on where it stopped.

    \b
    Examples:
      python -m jobs.launch recipe ts-demo --cluster local
      python -m jobs.launch recipe recipes/ts-demo.toml --dry-run
      python -m jobs.launch recipe my-variant.toml --profile my-cluster.toml
    """
    require_dry_run_for_json(options)
    launch_recipe(recipe, options)
