"""`python -m analysis why`: what stands behind one cell of a table, and how to make it again."""

from pathlib import Path

import click

from xdomain.core.cli import Command
from xdomain.core.names import printable


@click.command(cls=Command)
@click.argument("table")
@click.argument("row")
@click.argument("column")
@click.option("--study", help="A folder below the results root.  [default: ts, or the bundle's only study]")
@click.option(
    "--bundle", type=click.Path(exists=True, path_type=Path), help="Read a bundle instead of the results folder."
)
def why(table: str, row: str, column: str, study: str | None, bundle: Path | None) -> None:
    r"""Say which runs, code and data stand behind a cell.

    It also names seeds, image, devices, dates, and the commands to make the cell again. TABLE is a table's name, ROW
    the values that tell its row apart, COLUMN a key of the CSV or a title. It reads lineage.json, which
    `python -m analysis tables` writes beside the tables.

    \b
    Examples:
      python -m analysis why accuracy-average "2dot convlstm" mnist-bg
      python -m analysis why accuracy-by-size-2dot hidden=16,model=convlstm V
      python -m analysis why table2 ConvLSTM T/V --study diving48
      python -m analysis why table1 ConvLSTM S1/V --study diving48 --bundle paper.tar.gz
    """
    from analysis.tracing.why import explanation

    click.echo(printable("\n".join(explanation(table, row, column, study, bundle))))
