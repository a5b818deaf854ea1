"""`python -m jobs.status`: how every launched run stands. Files first; at most one question to the scheduler."""

import json
from collections import Counter

import click

from jobs import slurm
from jobs.manifest import LAUNCHES
from jobs.state import DIVERGED, FAILED, INTERRUPTED, STATES, RunState, state_of
from xdomain import models
from xdomain.cli import Command
from xdomain.errors import UserError
from xdomain.files import read_json
from xdomain.roots import runs_root
from xdomain.spec import RunSpec

EXPLAINED = (FAILED, DIVERGED, INTERRUPTED)


@click.command(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--study", help="Only this study, such as ts or ts-demo.  [default: all that were launched]")
@click.option("--json", "as_json", is_flag=True, help="One machine-readable document: every run's id and state.")
def main(study: str | None, as_json: bool) -> None:
    """Show how many runs of each study and model are in which state, and why any failed.

    \b
    finished      there is a result               running   a live process works on it
    diverged      finished: the loss became NaN   queued    Slurm has it in its queue
    interrupted   killed or stopped half way      failed    its last attempt ended with an error
    new           launched, not started

    Interrupted and failed runs go on with the command that launched them.
    """
    specs = launched_runs(study)
    queued: set[str] = set()
    if slurm.is_available():
        try:
            queued = slurm.queued_runs()
        except UserError as error:  # the files still say most of it
            click.echo(f"{error} Until then, queued runs are shown as if they were not.", err=True)
    states = [state_of(spec, queued) for spec in specs]
    if as_json:
        runs = [{"id": s.spec.id, "state": s.state, "reason": s.reason} for s in states]
        click.echo(json.dumps({"runs": runs}, indent=2))
        return
    click.echo("\n".join(table(states)))
    for state in states:
        if state.state in EXPLAINED:
            click.echo(f"{state.state:<12}{state.spec.id}: {state.reason}")


def launched_runs(study: str | None) -> list[RunSpec]:
    """Every run that a launch below the runs root names, each once.

    Raises:
        UserError: nothing was launched there.
    """
    manifests = sorted(runs_root().glob(f"{study or '*'}/{LAUNCHES}/*/manifest.json"))
    if not manifests:
        raise UserError(
            f"No launch of {study or 'any study'} below {runs_root()}. "
            "Launch one with `python -m jobs.launch`, or set XDOMAIN_RUNS to where the runs are."
        )
    specs = (RunSpec.from_dict(run) for path in manifests for run in read_json(path)["runs"])
    return list({spec.id: spec for spec in specs}.values())


def table(states: list[RunState]) -> list[str]:
    """Lines of a table with a row per study, source and model and a column per state that occurs."""
    columns = [name for name in STATES if any(state.state == name for state in states)]
    rows: dict[tuple[str, str, str], Counter[str]] = {}
    for state in states:
        spec = state.spec
        key = (spec.study_key, spec.source, models.display_name(spec.model.name))
        rows.setdefault(key, Counter())[state.state] += 1
    head = ["study", "source", "model", *columns, "runs"]
    body = [[*key, *(str(counts[name] or "") for name in columns), str(counts.total())] for key, counts in rows.items()]
    total = Counter(state.state for state in states)
    body.append(["all", "", "", *(str(total[name]) for name in columns), str(total.total())])
    widths = [max(len(row[column]) for row in [head, *body]) for column in range(len(head))]
    align = [str.ljust] * 3 + [str.rjust] * (len(head) - 3)
    return [
        "  ".join(fit(cell, width) for fit, cell, width in zip(align, row, widths, strict=True))
        for row in [head, *body]
    ]


if __name__ == "__main__":
    main(prog_name="python -m jobs.status")
