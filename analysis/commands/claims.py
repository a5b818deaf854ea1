"""`python -m analysis claims`: what holds of the paper's claims, or of a user's own."""

from pathlib import Path

import click

from analysis.commands.options import NEARNESS, STUDY
from xdomain.core.cli import Command
from xdomain.core.errors import UserError
from xdomain.core.names import printable
from xdomain.core.roots import results_root


@click.command(cls=Command)
@STUDY
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Test the claims of this file, which has the columns of analysis/claims/claims.csv, "
    "instead of the paper's or the study file's.",
)
@NEARNESS
@click.option(
    "--seed-sd",
    metavar="SD|STUDY",
    help="Diving48: sd of ln A between seeds, for models of one seed, or the study to borrow it from.",
)
@click.option("--brief", is_flag=True, help="Show two lines, how many claims hold and the clearest one, not the table.")
def claims(study: str, file: Path | None, tolerance: float, seed_sd: str | None, brief: bool) -> None:
    r"""Say which of the paper's claims hold, and how surely.

    Each stands with estimate, interval and verdict, beside what the printed numbers alone allow. A claim holds, is
    contradicted, or cannot be told. `python -m analysis tables` writes the same table for the paper's claims; a file
    of one's own, or a given seed variance, makes tables with names of their own.

    \b
    Examples:
      python -m analysis claims
      python -m analysis claims --study ts-demo --brief
      python -m analysis claims --study diving48
      python -m analysis claims --study diving48 --seed-sd 0.1
      python -m analysis claims --study diving48 --seed-sd diving48-seeds
      python -m analysis claims --file mine.csv
    """
    from analysis.claims.listing import read_claims
    from analysis.claims.summary import summary
    from analysis.results.making import FORMATS
    from analysis.results.registry import analysis_of
    from analysis.table.formats import to_markdown
    from analysis.table.tables import write_table

    analysis, share = analysis_of(study), tolerance / 100
    damaged: dict[str, str] = {}
    loaded = analysis.load(study, damaged=damaged)
    for sentence in damaged.values():
        click.echo(f"Note: {printable(sentence)}", err=True)
    chosen, name = (read_claims(file), f"claims-{file.stem}") if file else (None, "claims")
    if seed_sd is None:
        made = analysis.claims_tables(loaded, share, chosen, name)
    else:
        sd = _seed_sd(seed_sd, share)
        made = analysis.claims_tables(loaded, share, chosen, f"{name}-seed-sd", sd)
        made |= analysis.seed_tables(loaded, share, sd)
    if not made:
        raise UserError(f"The file has no claim about {study}. Name a study that its column `study` has.")
    paths = [path for table in made.values() for path in write_table(table, results_root() / study / "tables", FORMATS)]
    if brief:
        click.echo(summary(next(iter(made.values())), study))
        return
    click.echo(to_markdown(next(iter(made.values()))))
    click.echo("\n".join(map(str, paths)))


def _seed_sd(text: str, tolerance: float) -> float:
    """Read a number, or measure the sd that another study's seeds have."""
    from analysis.results.registry import analysis_of

    try:
        value = float(text)
    except ValueError:
        other = analysis_of(text)
        return other.seed_sd(other.load(text), tolerance)
    if not 0 < value < float("inf"):
        raise UserError(f"--seed-sd {text}: give a number above 0, such as 0.1.")
    return value
