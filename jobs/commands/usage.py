"""`python -m jobs.usage`: what the runs have cost."""

import sys

import click

from jobs.monitor.accounting import accounts_of
from jobs.monitor.columns import show
from jobs.monitor.export import usage_as_csv
from jobs.monitor.launches import launched_runs
from jobs.monitor.usage import usage_by_model, usage_table
from xdomain.core.cli import Command


@click.command(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--study", help="Only this study, such as ts or ts-demo.  [default: all that were launched]")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values, for a spreadsheet.")
def main(study: str | None, as_csv: bool) -> None:
    """Show what the runs of each study have cost, in GPU-hours.

    Where there is no GPU, these are hours of the machine. Every attempt counts, those that were killed too; useful are
    the epochs and evaluations that were kept. The same table is below that of `python -m jobs.status`, whose --json has
    the numbers.

    Where Slurm's accounting answers, there are the largest memory of a job's processes, and the part of the CPUs' time
    that was used.

    Ends with 0 after a table, with 1 if runs were launched and none has started, and with 2 if none was launched.
    """
    problems: list[str] = []
    specs = [launched.spec for launched in launched_runs(study, problems).values()]
    usage = usage_by_model(((spec, None) for spec in specs), problems)
    for problem in problems:
        click.echo(problem, err=True)
    if not any(row.attempts for row in usage.values()):
        click.echo("No run has been started yet, so nothing was used. How they stand: python -m jobs.status", err=True)
        sys.exit(1)
    accounts = accounts_of(specs)
    if accounts.error:
        click.echo(f"Slurm's accounting does not say memory and CPU time ({accounts.error}).", err=True)
    if as_csv:
        click.echo(usage_as_csv(usage, accounts.by_model))
        return
    show([usage_table(usage, accounts.by_model)])
