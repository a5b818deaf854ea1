"""`python -m jobs.doctor`: is this cluster, with this profile, ready for 400 runs?"""

import dataclasses
import json
import os
import sys
from collections import Counter
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobs.backends.slurm import scrubbed_environment
from jobs.cluster.profile import load_profile
from jobs.diagnosis import storage, verdict
from jobs.diagnosis.finding import Finding
from jobs.diagnosis.node import Probe
from jobs.diagnosis.offer import as_toml, offered
from jobs.diagnosis.scheduler import Cluster
from xdomain.core.cli import Command, Number
from xdomain.core.errors import UserError
from xdomain.core.files import write_text
from xdomain.core.output import terminal

if TYPE_CHECKING:
    from rich.status import Status


class Printer:
    """Prints findings as they come, and one line of progress that the next of them replaces."""

    def __init__(self, silent: bool) -> None:
        self.findings: list[Finding] = []
        self._silent = silent
        self._console = terminal()
        self._progress: Status | None = None
        self._stage = ""

    def add(self, finding: Finding) -> None:
        """Keep a finding, and print it unless the output is for machines."""
        self.findings.append(finding)
        self.say("")
        if self._silent:
            return
        if self._console:
            self._console.print(finding.drawn())
        else:
            click.echo(finding.line())

    def head(self, text: str) -> None:
        """Print a line above the findings that follow."""
        if self._console and not self._silent:
            self._console.print(text, style="bold", markup=False)
        elif not self._silent:
            click.echo(text)

    def say(self, progress: str) -> None:
        """Say what the doctor waits for; in a log, each stage once."""
        if sys.stderr.isatty():
            self._show(progress)
        elif (stage := progress.rpartition(",")[0]) and stage != self._stage:
            self._stage = stage
            click.echo(f"{stage} ...", err=True)

    def close(self) -> None:
        """Take the line of progress away, which hides the cursor of a terminal."""
        self.say("")

    def _show(self, progress: str) -> None:
        from rich.console import Console
        from rich.text import Text

        if self._progress and progress:
            self._progress.update(Text(progress))
        elif self._progress:
            self._progress.stop()
            self._progress = None
        elif progress:
            self._progress = Console(stderr=True).status(Text(progress))
            self._progress.start()

    @property
    def failed(self) -> bool:
        """Whether anything is wrong."""
        return any(finding.level == "FAIL" for finding in self.findings)

    @property
    def blocked(self) -> bool:
        """Whether a job on a node would tell nothing more."""
        return any(finding.blocks for finding in self.findings)


@click.command(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--profile", "name", help="A TOML file or a shipped name.  [default: XDOMAIN_PROFILE]")
@click.option("--write", type=click.Path(path_type=Path), help="Write the offered profile to this new file.")
@click.option(
    "--timeout",
    type=Number(min=1),
    default=300,
    show_default=True,
    help="Seconds to wait for the probe's start.",
)
@click.option(
    "--reach", metavar="HOST[:PORT]", help="Whether nodes reach this.  [default: the proxy, else a public name]"
)
@click.option("--json", "as_json", is_flag=True, help="One machine-readable document.")
def main(name: str | None, write: Path | None, timeout: float, reach: str | None, as_json: bool) -> None:
    r"""Try a profile on its cluster before the night depends on it.

    Looks at Slurm, the profile and the disks from here, then runs one short job on a node, started exactly as real
    runs are. Every line says what is wrong and what to do. Exit code 0: all fine; 1: something FAILs.

    \b
    Examples:
      python -m jobs.doctor --profile generic
      python -m jobs.doctor --profile my-cluster.toml --write better.toml
    """
    if write and write.exists():
        raise UserError(f"{write} exists already and stays as it is: give --write the name of a new file.")
    if write and not write.absolute().parent.is_dir():
        raise UserError(f"There is no folder {write.absolute().parent} to write {write.name} to.")
    profile = load_profile(name)
    cluster = Cluster(profile)
    printer = Printer(as_json)
    probe = None
    printer.head(f"On this machine (profile: {name or os.environ.get('XDOMAIN_PROFILE') or 'none, so the defaults'})")
    with scrubbed_environment(), closing(printer):
        for finding in chain(cluster.findings(), storage.findings(profile)):
            printer.add(finding)
        if not printer.blocked:
            printer.head("On a node")
            probe = Probe(profile, cluster.minutes, timeout, reach, printer.say)
            for finding in probe.findings():
                printer.add(finding)
            if probe.report:
                for finding in verdict.findings(probe.report, probe.times, profile):
                    printer.add(finding)
    better, reasons = offered(profile, cluster)
    if write:
        write_text(write, as_toml(better, reasons))
    if as_json:
        document = {
            "findings": [dataclasses.asdict(finding) for finding in printer.findings],
            "submitted": probe is not None,
            "report": probe.report if probe else None,
            "profile": dataclasses.asdict(better),
            "changes": reasons,
        }
        click.echo(json.dumps(document, indent=2))
    else:
        _conclude(printer, probe, {key: (getattr(better, key), why) for key, why in reasons.items()}, write)
    sys.exit(1 if printer.failed else 0)


def _conclude(printer: Printer, probe: Probe | None, changes: dict[str, tuple], write: Path | None) -> None:
    click.echo()
    if probe is None:
        click.echo("No job was submitted: fix what FAILs first.")
    if changes:
        click.echo("The doctor would write in the profile:")
        for key, (value, why) in changes.items():
            click.echo(f"  {key} = {json.dumps(value)}  # {why}")
    if write:
        click.echo(f"Wrote {write}. Use it with --profile {write}.")
    elif changes:
        click.echo("To have it written: --write my-cluster.toml")
    counts = Counter(finding.level for finding in printer.findings)
    if printer.failed:
        click.echo(f"{counts['FAIL']} FAIL, {counts['warn']} warn. Fix them from the top and give the command again.")
    else:
        click.echo(f"All fine ({counts['warn']} warn): launch." if counts["warn"] else "All fine: launch.")
