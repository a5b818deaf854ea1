"""`python -m analysis claims`: what holds of the paper's claims, or of a user's own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from analysis.claims.listing import Claim, read_claims
from analysis.claims.seeds import measured_seed_sd
from analysis.claims.tables import claims_about, claims_tables, tables_of
from analysis.diving48.comparisons import average_contrasts, contrasts
from analysis.diving48.load import DivingStudy
from analysis.diving48.measures import Measures
from analysis.results.making import FORMATS
from analysis.results.registry import analysis_of
from analysis.runs.matching import TOLERANCE
from analysis.statistics.multiplicity import CANNOT_TELL, CONTRADICTED, HOLDS
from analysis.table.formats import to_markdown
from analysis.table.tables import Table, write_table
from xdomain.core.errors import UserError
from xdomain.core.roots import results_root

VERDICTS = {HOLDS: "hold:", CONTRADICTED: "contradicted:", CANNOT_TELL: "cannot be told from these runs:"}


@click.command()
@click.option(
    "--study", default="ts", show_default=True, help="ts, diving48 or a variant: a folder below the runs root."
)
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Test the claims of this file, which has the columns of analysis/claims/claims.csv, "
    "instead of the paper's or the study file's.",
)
@click.option(
    "--tolerance",
    default=100 * TOLERANCE,
    show_default=True,
    type=click.FloatRange(0, 100),
    help="Diving48: points of validation accuracy that a checkpoint may be off an experiment's level.",
)
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
    loaded, share = analysis_of(study).load(study, damaged={}), tolerance / 100
    chosen, name = (read_claims(file), f"claims-{file.stem}") if file else (claims_about(loaded), "claims")
    if seed_sd is None:
        made = claims_tables(loaded, share, chosen, name)
    elif isinstance(loaded, DivingStudy):
        made = _with_seeds(loaded, share, _seed_sd(seed_sd, share), chosen, name)
    else:
        raise UserError("--seed-sd is for Diving48: in Temporal Shape seeds are the replicates.")
    if not made:
        raise UserError(f"The file has no claim about {study}. Name a study that its column `study` has.")
    paths = [path for table in made.values() for path in write_table(table, results_root() / study / "tables", FORMATS)]
    if brief:
        click.echo(summary(next(iter(made.values()))))
        return
    click.echo(to_markdown(next(iter(made.values()))))
    click.echo("\n".join(map(str, paths)))


def summary(table: Table) -> str:
    """Say in two lines what a table of claims comes to: which have which verdict, and the clearest of them."""
    by_verdict = {verdict: [row for row in table.rows if row["verdict"] == verdict] for verdict in VERDICTS}
    counts = [f"{VERDICTS[verdict]} {_counted(verdict, rows)}" for verdict, rows in by_verdict.items()]
    counted = f"Of {len(table.rows)} claims {', '.join(counts)}."
    decided = by_verdict[HOLDS] + by_verdict[CONTRADICTED]
    if not decided:
        return f"{counted}\nMore seeds, sizes or clips would tell more: python -m analysis claims says why of each."
    clearest = min(decided, key=lambda row: row["p"])
    return f"{counted}\nThe clearest, {clearest['claim']}, {clearest['verdict']}: {clearest['statement']}."


def _counted(verdict: str, rows: Sequence[Mapping[str, Any]]) -> str:
    names = ", ".join(row["claim"] for row in rows)
    return f"{len(rows)} ({names})" if rows and verdict != CANNOT_TELL else str(len(rows))


def _with_seeds(
    study: DivingStudy, tolerance: float, seed_sd: float, chosen: list[Claim], name: str
) -> dict[str, Table]:
    """Make claims and contrasts with the variance of seeds that are not there."""
    made = []
    for setting in study.settings():
        measures = Measures(study, setting, tolerance, seed_sd)
        made += tables_of(study, measures, chosen, f"{name}-seed-sd")
        found = contrasts(measures), average_contrasts(measures)
        made += [replace(table, name=f"{table.name}-seed-sd{setting.suffix}") for table in found]
    return {table.name: table for table in made}


def _seed_sd(text: str, tolerance: float) -> float:
    """Read a number, or measure the sd that another study's seeds have."""
    try:
        value = float(text)
    except ValueError:
        other = analysis_of(text).load(text)
        if not isinstance(other, DivingStudy):
            raise UserError(f"--seed-sd {text}: a seed sd is borrowed from a study of Diving48.") from None
        return measured_seed_sd(other, tolerance)
    if not 0 < value < float("inf"):
        raise UserError(f"--seed-sd {text}: give a number above 0, such as 0.1.")
    return value
