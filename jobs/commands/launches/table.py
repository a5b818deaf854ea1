"""`python -m jobs.launch for`: what a table, a row or a cell lacks, and what has gone stale."""

import click

from jobs.commands.launches.options import WHERE, WHICH, option, where_and_how, with_request
from jobs.launching.options import Options
from jobs.launching.table_runs import TableRequest, launch_table
from xdomain.core.cli import Command
from xdomain.core.errors import UserError


@click.command("for", cls=Command)
@click.argument("table")
@click.argument("row", default="")
@click.argument("column", default="")
@option(WHICH, "--study", default="ts", metavar="NAME", show_default=True, help="Below the results root.")
@option(WHICH, "--stale-code", is_flag=True, help="What another code or image made is stale too.")
@option(WHERE, "--no-cache", is_flag=True, help="Decode the videos while training.")
@where_and_how
@with_request(TableRequest, "request")
def launch_for(request: TableRequest, options: Options) -> None:
    r"""Launch what the cells of TABLE lack, and nothing else.

    Of a ROW or a COLUMN only, where they are given. A finished run is stale when a data set that it saw is another one
    by now, or when an evaluation is of an earlier training. Its folder is renamed to <folder>.stale-<date>, with the
    evaluations of a stale training, and it is launched anew. The tables have to be made first, however incomplete: they
    say which runs they are of.

    \b
    Examples:
      python -m jobs.launch for accuracy-average --dry-run
      python -m jobs.launch for accuracy-by-size-2dot "h16 convlstm"
      python -m jobs.launch for table2 --study diving48
      python -m jobs.launch for table1 ConvLSTM T/V --study diving48
    """
    if options.as_json:
        raise UserError("--json describes a single launch: use it with ts-grid, diving or evaluate.")
    launch_table(request, options)
