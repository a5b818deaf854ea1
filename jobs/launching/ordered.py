"""Runs of any studies in the order in which they need each other: trainings, then what evaluates them."""

import dataclasses

from jobs.launching.dispatch import launch_all
from jobs.launching.options import Options, gpus_of_one, is_slurm
from jobs.launching.plan import require_none_in_flight
from jobs.monitor.slurm_queue import ask
from jobs.state.state import DIVERGED, IN_FLIGHT, state_of
from xdomain.core.names import counted
from xdomain.core.output import say
from xdomain.runs.run_folder import RunFolder, as_begun
from xdomain.specs.spec import RunSpec


def launch_ordered(runs: list[RunSpec], options: Options) -> None:
    """Launch trainings, then what evaluates them: on Slurm as jobs that wait. Those yet to begin take the GPUs here.

    Raises:
        CommandFailed: a run failed on this machine, or trainings are still on their way.
        UserError: see `make_plan`.
    """
    placed = [spec if RunFolder.of(spec).spec_file.exists() else _on_this(spec, options) for spec in runs]
    trainings = [spec for spec in placed if not spec.is_evaluation]
    evaluations = [spec for spec in placed if spec.is_evaluation]
    on_their_way = _jobs_of(trainings) if trainings and is_slurm(options) else []
    trained = launch_all(trainings, options) if trainings else []
    if not evaluations:
        return
    if is_slurm(options) and not options.dry_run:
        if trained:
            options = dataclasses.replace(options, after="afterok:" + ":".join([*on_their_way, *trained]))
        elif trainings:
            require_none_in_flight(trainings, options)
    hopeless = [spec for spec in evaluations if state_of(spec.training).state == DIVERGED]  # without weights
    if hopeless:
        say(f"Left out, as their trainings diverged: {counted(len(hopeless), 'evaluation')}.")
    if open_ones := [spec for spec in evaluations if spec not in hopeless]:
        launch_all(open_ones, options)


def _jobs_of(trainings: list[RunSpec]) -> list[str]:
    """List the tasks in the queue that an earlier launch has for these trainings."""
    if (queue := ask()) is None:
        return []
    queued = queue.runs()
    ids = {spec.id for spec in trainings if state_of(spec, queued).state in IN_FLIGHT}
    return [job.id for job in queue.jobs if ids.intersection(job.runs)]


def _on_this(spec: RunSpec, options: Options) -> RunSpec:
    """Put a run that is yet to begin on the GPUs that there are."""
    if spec.is_evaluation:
        return spec.follow(as_begun(spec.training)).on_gpus(gpus_of_one(options) if is_slurm(options) else 1)
    return spec.on_gpus(gpus_of_one(options))
