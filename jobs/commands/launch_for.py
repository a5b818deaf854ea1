"""`python -m jobs.launch for`: what a table, a row or a cell lacks, and what has gone stale."""

import dataclasses
import sys
from collections.abc import Iterable
from typing import Any

import click

from jobs.cluster.batch import image_digest
from jobs.cluster.profile import load_profile
from jobs.commands.launch_diving import as_begun, gpus_of_one, is_slurm, launch_all, on_gpus, with_training
from jobs.commands.launch_options import chosen, where_and_how
from jobs.launching.dispatch import make_plan
from jobs.monitor.own_runs import own_specs
from jobs.state.stale import move_aside, stale_runs
from jobs.state.state import DIVERGED, IN_FLIGHT, state_of
from xdomain.core.errors import UserError
from xdomain.runs.lineage import Lineage
from xdomain.runs.provenance import code_version
from xdomain.runs.run_folder import STALE, RunFolder
from xdomain.specs.spec import RunSpec, VideoDataSpec


@click.command("for")
@click.argument("table")
@click.argument("row", default="")
@click.argument("column", default="")
@click.option("--study", default="ts", show_default=True, help="A folder below the results root.")
@click.option("--stale-code", is_flag=True, help="Runs of another code version, or image, than now are stale too.")
@click.option("--no-cache", is_flag=True, help="Diving48: decode the videos while training.")
@where_and_how
def launch_for(**options: Any) -> None:
    """Launch what the cells of TABLE lack, and nothing else; of a ROW or a COLUMN only, where they are given.

    A finished run is stale when a data set that it saw is another one by now, or when an evaluation judged an earlier
    training. Its folder is renamed to <folder>.stale-<date>, with the evaluations of a stale training, and it is
    launched anew. The tables have to be made first, however incomplete: they say which runs they are of.

    \b
    Examples:
      python -m jobs.launch for accuracy-average --dry-run
      python -m jobs.launch for accuracy-by-size-2dot "h16 convlstm"
      python -m jobs.launch for table2 --study diving48
      python -m jobs.launch for table1 ConvLSTM T/V --study diving48
    """
    if options["as_json"]:
        raise UserError("--json describes a single launch: use it with ts-grid, diving or evaluate.")
    lineage = Lineage.of_study(options["study"])
    numbers = _numbers(lineage, options)
    if not numbers:
        raise UserError(f"No run stands behind {options['table']} there: its values are published ones.")
    known = [as_begun(spec) for spec in own_specs(lineage)]
    wanted = [known[number] for number in numbers]
    stale = _stale(wanted, known, options)
    for spec, why in stale.items():
        click.echo(f"stale {spec.id}: {why}")
    if stale and options["dry_run"]:
        again = [spec for spec in wanted if spec in stale]
        click.echo(f"These would be renamed to <folder>{STALE}<date>, and {len(again)} of them launched anew.")
        wanted = [spec for spec in wanted if spec not in stale]
    elif stale:
        for spec in stale:
            click.echo(f"Renamed to {move_aside(spec)}")
    _launch([spec if RunFolder.of(spec).path.exists() else _on_this(spec, options) for spec in wanted], options)


def _numbers(lineage: Lineage, options: dict[str, Any]) -> tuple[int, ...]:
    """The places of the runs that the table, row or column is of."""
    if not options["row"] and not options["column"]:
        return lineage.needs(options["table"])
    cells = lineage.cells(options["table"], options["row"], options["column"])
    return tuple(dict.fromkeys(number for cell in cells for number in (*cell.runs, *cell.missing)))


def _stale(wanted: list[RunSpec], known: list[RunSpec], options: dict[str, Any]) -> dict[RunSpec, str]:
    """The stale runs among the wanted, and all evaluations of the trainings among these."""
    code = None
    if options["stale_code"]:  # in an image, the image's code is what runs
        code = (is_slurm(options) and image_digest(load_profile(options["profile"]))) or code_version()
    stale = stale_runs(wanted, code)
    trainings = {spec.id for spec in stale if not spec.evaluates}
    return stale | stale_runs([spec for spec in known if spec.training.id in trainings], code)


def _on_this(spec: RunSpec, options: dict[str, Any]) -> RunSpec:
    """A run that is yet to begin, on the GPUs that there are."""
    if not isinstance(spec.data, VideoDataSpec):
        return spec
    if not spec.evaluates:
        return on_gpus(spec, gpus_of_one(options | {"gpus": None}))
    training = as_begun(spec.training)
    judging = dataclasses.replace(training, data=dataclasses.replace(training.data, masks=spec.data.masks))
    ranks = gpus_of_one(options) if is_slurm(options) else 1
    return with_training(dataclasses.replace(judging, evaluates=spec.evaluates), ranks=ranks, accumulate=1)


def _launch(wanted: list[RunSpec], options: dict[str, Any]) -> None:
    """Trainings, then what evaluates them: on Slurm as jobs that wait."""
    trainings = [spec for spec in wanted if not spec.evaluates]
    evaluations = [spec for spec in wanted if spec.evaluates]
    trained = launch_all(trainings, options) if trainings else []
    if not evaluations:
        return
    if is_slurm(options) and not options["dry_run"]:
        if trained:
            options = options | {"after": "afterok:" + ":".join(trained)}
        elif trainings and any(state.state in IN_FLIGHT for state in make_plan(trainings, chosen(options)).states):
            click.echo("Trainings are on their way from an earlier launch: give this command again when they are done.")
            sys.exit(1)
    if hopeless := _without_weights(evaluations):
        click.echo(f"{len(hopeless)} evaluations are left out: their trainings diverged.")
    if open_ones := [spec for spec in evaluations if spec not in hopeless]:
        launch_all(open_ones, options)


def _without_weights(evaluations: Iterable[RunSpec]) -> list[RunSpec]:
    return [spec for spec in evaluations if state_of(spec.training).state == DIVERGED]
