"""Runs that a user names by their ids."""

from jobs.launching.diving import require_makeable
from jobs.launching.options import Options
from jobs.launching.ordered import launch_ordered
from jobs.monitor.own_runs import find_runs
from xdomain.core.errors import UserError
from xdomain.core.names import counted
from xdomain.core.output import say
from xdomain.runs.run_folder import RunFolder, as_begun
from xdomain.specs.spec import RunSpec


def launch_runs(patterns: tuple[str, ...], options: Options) -> None:
    """Launch what is open of the runs that the patterns name, trainings before what evaluates them.

    Raises:
        CommandFailed: a run failed on this machine, or trainings are still on their way.
        UserError: a pattern fits no run, or evaluations lack a training or what their domain is made of.
    """
    problems: list[str] = []
    runs = [as_begun(spec) for spec in find_runs(patterns, problems)]
    for problem in problems:
        say(problem, error=True)
    evaluations = [spec for spec in runs if spec.is_evaluation]
    require_makeable(evaluations)
    if not options.after and not options.dry_run:
        _require_trainings(evaluations, {spec.id for spec in runs})
    launch_ordered(runs, options)


def _require_trainings(evaluations: list[RunSpec], named: set[str]) -> None:
    trainings = {spec.training.id: spec.training for spec in evaluations if spec.training.id not in named}
    waiting = [run for run, spec in trainings.items() if not RunFolder.of(spec).is_finished()]
    if waiting:
        raise UserError(
            f"Not finished: {counted(len(waiting), 'training')}, such as {min(waiting)}. Name them too, or wait for "
            "their jobs with --after afterok:JOB:JOB."
        )
