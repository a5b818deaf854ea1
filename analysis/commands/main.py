"""Tables, figures and the page of the studies from their run folders.

    python -m analysis tables
    python -m analysis figures --study ts-demo

It reads files only, needs no accelerator, and takes seconds for the paper's 400 runs.
"""

from collections.abc import Callable

import click

from analysis.commands.bundle import bundle
from analysis.commands.claims import claims
from analysis.commands.options import NEARNESS, STUDY
from analysis.commands.power import power
from analysis.commands.report import report
from analysis.commands.verify import verify
from analysis.commands.why import why
from analysis.results.once import make_once
from xdomain.core.cli import Group

SECTIONS = {
    "Results": ("tables", "figures", "claims", "report"),
    "Before the runs": ("power",),
    "Where they come from": ("why", "bundle", "verify"),
}


@click.group(cls=Group, sections=SECTIONS, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    r"""Make a study's tables and figures from its finished runs.

    \b
    Examples:
      python -m analysis tables --study diving48    every table of a study
      python -m analysis tables --published         the paper's own numbers
      python -m analysis claims                     what holds of the claims
      python -m analysis power --seed-sd 0.1        what more seeds could tell
      python -m analysis why table1 ConvLSTM S1/V   the runs behind a cell
      python -m analysis report                     one page with all of it

    They may be made at any time: unfinished runs are counted and marked, never guessed. Where nothing has changed
    since the last time, nothing is made again.
    XDOMAIN_RUNS and XDOMAIN_RESULTS say where runs are read and results written (./runs, ./results).
    """


def _options(what: str, example: str) -> Callable:
    def decorate(command: Callable) -> Callable:
        for option in (
            STUDY,
            click.option(
                "--only",
                multiple=True,
                metavar="NAME",
                help=f"Only this {what}, such as {example}; may be repeated.",
            ),
            NEARNESS,
            click.option("--strict", is_flag=True, help="Exit with 1, after writing, unless every run has finished."),
        ):
            command = option(command)
        return command

    return decorate


@main.command()
@_options("table", "accuracy-average")
@click.option(
    "--published", is_flag=True, help="The paper's Diving48 tables from its published numbers; no run is read."
)
@click.option(
    "--halves",
    is_flag=True,
    help="Of videos: also the tables of checkpoints that one half of the validation clips chose and the other "
    "measured, named …-halves.",
)
def tables(study: str, only: tuple[str, ...], strict: bool, tolerance: float, published: bool, halves: bool) -> None:
    r"""Write every table of a study and show the main one.

    Temporal Shape: accuracy by domain and size, robustness ratios, interquartile means, parameter counts. Diving48:
    Tables 1 to 14, 16 and 17, each with intervals, and what the paper has not: the ratio's parts, contrasts, paired
    tests, effective robustness. With --only, other tables that were made before are brought up to date.

    \b
    Examples:
      python -m analysis tables
      python -m analysis tables --study ts-demo
      python -m analysis tables --only parameters
      python -m analysis tables --study diving48 --only table1 --only contrasts
      python -m analysis tables --study diving48 --halves --only table1-halves
      python -m analysis tables --published
    """
    if published:
        from analysis.results.making import write_published

        write_published(only)
    else:
        make_once("tables", study, only, tolerance, strict, halves)


@main.command()
@_options("figure", "fig3")
def figures(study: str, only: tuple[str, ...], strict: bool, tolerance: float) -> None:
    r"""Draw the paper's figures of a study.

    Of Temporal Shape 3, 4, 7, 8 and 9, of Diving48 5, 6 and effective robustness.

    \b
    Examples:
      python -m analysis figures
      python -m analysis figures --only fig3 --only fig9
      python -m analysis figures --study diving48
    """
    make_once("figures", study, only, tolerance, strict)


for command in (claims, power, report, why, bundle, verify):
    main.add_command(command)
