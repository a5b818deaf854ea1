"""`python -m jobs.launch runs`: runs by their ids."""

import click

from jobs.commands.launches.options import WHERE, option, where_and_how
from jobs.launching.named_runs import launch_runs
from jobs.launching.options import Options
from xdomain.core.cli import Command
from xdomain.core.errors import UserError


@click.command(cls=Command)
@click.argument("patterns", metavar="PATTERN...", nargs=-1, required=True)
@option(WHERE, "--no-cache", is_flag=True, help="Decode the videos while training.")
@where_and_how
def runs(patterns: tuple[str, ...], options: Options) -> None:
    r"""Launch the runs whose ids fit a PATTERN, of whatever study.

    Ids have the form study/source/model/size/seed; quote the pattern. They are looked up in the studies' grids, in what
    was ever launched or begun, and among the evaluations of known trainings (diving48/random@S1-predicted/...).

    \b
    Examples:
      python -m jobs.launch runs 'ts/2dot/*/h16/*' --dry-run
      python -m jobs.launch runs ts/2dot/convlstm/h16/seed42 --cluster debug
      python -m jobs.launch runs 'diving48/random/3dcnn-*' 'diving48/random@S1-predicted/3dcnn-*'
    """
    if options.as_json:
        raise UserError("--json describes a single launch: use it with ts-grid, diving or evaluate.")
    launch_runs(patterns, options)
