"""`python -m analysis bundle`: a study's tables and what they are made of, for others."""

from pathlib import Path

import click

from analysis.runs.matching import TOLERANCE
from analysis.tracing.bundle_files import SUFFIXES, is_archive
from xdomain.core.cli import Command, Number
from xdomain.core.errors import UserError


@click.command(cls=Command)
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--study", "studies", multiple=True, default=("ts",), show_default=True, help="May be repeated.")
@click.option(
    "--tolerance",
    type=Number(0, 100),
    help="Diving48: points of validation accuracy that a checkpoint may be off an experiment's level.  "
    f"[default: as the tables there were made, else {100 * TOLERANCE:g}]",
)
def bundle(out: Path, studies: tuple[str, ...], tolerance: float | None) -> None:
    r"""Pack what others need to rebuild every table of a study.

    OUT gets its specs, results, predictions and tables. The tables are made first. OUT is a .tar.gz file, or a folder
    that is not there yet. No weights, no clips, and no path of this machine is in it; the same runs make the same
    bytes.

    \b
    Examples:
      python -m analysis bundle tables-of-ts.tar.gz
      python -m analysis bundle paper.tar.gz --study ts --study diving48
      python -m analysis verify paper.tar.gz
    """
    if out.suffix in (".zip", ".tar") or (out.exists() and not is_archive(out)):
        raise UserError(f"{out}: give a file that ends in {' or '.join(SUFFIXES)}, or a folder that is not there yet.")
    from analysis.tracing.bundle import write_bundle

    write_bundle(out, dict.fromkeys(studies), None if tolerance is None else tolerance / 100)
