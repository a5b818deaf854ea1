"""Plan what of a grid is left to do, and where it would be done."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from jobs.backends import local, slurm
from jobs.cluster.profile import Profile
from jobs.launching.options import Options, profile_of
from jobs.monitor.slurm_queue import ask
from jobs.records.manifest import clip_sets
from jobs.state.state import DONE, IN_FLIGHT, STATES, RunState, state_of
from xdomain.core.errors import CommandFailed, UserError
from xdomain.core.names import counted
from xdomain.core.output import say
from xdomain.core.roots import data_root
from xdomain.execute.registry import study_of
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.spec import Input, RunSpec
from xdomain.studies.base import Study

NAMED = 5  # damaged runs that one refusal names


@dataclasses.dataclass(frozen=True)
class Plan:
    """A grid's states and where its open runs would execute."""

    states: list[RunState]
    cluster: str
    profile: Profile
    parallel: int
    no_cache: bool = False

    @property
    def study(self) -> Study[Any]:
        """The study of the runs, which are all of one."""
        return study_of(self.states[0].spec.study)

    @property
    def open(self) -> list[RunSpec]:
        """The runs to launch. Here, runs in flight are waited for; on Slurm they are left to their jobs."""
        skipped = (*DONE, *IN_FLIGHT) if self.cluster == "slurm" else DONE
        return [state.spec for state in self.states if state.state not in skipped]

    @property
    def inputs(self) -> list[Input]:
        """The clip sets that the open runs read, but for those that they decode for themselves."""
        return clip_sets(self.open, stream=self.no_cache)

    @property
    def missing(self) -> list[Input]:
        """The clip sets that have to be made before the open runs can start."""
        return [clip_set for clip_set in self.inputs if not clip_set.marker(data_root()).exists()]

    @property
    def at_a_time(self) -> int:
        """The runs at the same time, at most."""
        if self.cluster == "slurm":
            return self.profile.throttle * self.profile.pack
        return 1 if self.cluster == "debug" else self.parallel

    @cached_property
    def gpus(self) -> float:
        """The GPUs of a run, a fraction where several share one; 0 on CPUs."""
        if self.cluster == "slurm":
            return self.profile.gpus / self.profile.pack
        ranks = max((spec.train.ranks for spec in self.open), default=1)
        return min(ranks, len(local.visible_gpus()) / max(1, min(self.at_a_time, len(self.open))))

    def summary(self) -> str:
        """Say in one line how many runs are in which state."""
        counts = Counter(state.state for state in self.states)
        listed = ", ".join(f"{counts[name]} {name}" for name in STATES if counts[name])
        of = f"{self.states[0].spec.study_key}: {counted(len(self.states), 'run')}"
        return f"{of} ({listed}), {len(self.open)} to launch."

    def place(self) -> dict[str, Any]:
        """Tell where the open runs would go and what each would get."""
        if self.cluster != "slurm":
            gpus = local.visible_gpus()
            return {
                "cluster": self.cluster,
                "parallel": self.at_a_time,
                "gpus": gpus,
            }
        elements = -(-len(self.open) // self.profile.pack)
        arrays = slurm.chunks(elements, self.profile.array_limit)
        return {
            "cluster": "slurm",
            "arrays": [f"{array.start}-{array.stop - 1}%{self.profile.throttle}" for array in arrays],
            "resources": dataclasses.asdict(self.profile),
        }


def make_plan(grid: Sequence[RunSpec], options: Options) -> Plan:
    """Look at every run of `grid`.

    Raises:
        UserError: a run folder holds another run, a result is damaged, the profile is wrong, or Slurm does not answer.
    """
    cluster = options.cluster
    if cluster == "auto":
        cluster = "slurm" if slurm.is_available() else "local"
    profile = profile_of(options)
    if options.after and cluster != "slurm":
        raise UserError("--after waits for jobs of Slurm; here, give one command after the other.")
    queued = _queued_runs() if cluster == "slurm" else set()
    states = _states(grid, queued)
    parallel = options.max_parallel or local.default_parallel(max(spec.train.ranks for spec in grid))
    plan = Plan(states, cluster, profile, parallel, options.no_cache)
    if plan.open:
        _check_ranks({spec.train.ranks for spec in plan.open}, cluster, profile)
    return plan


def _states(grid: Sequence[RunSpec], queued: set[str]) -> list[RunState]:
    """Look at every run, so that whoever has to correct damaged ones hears of all of them at once."""
    states, problems = [], []
    for spec in grid:
        try:
            RunFolder.of(spec).require_same_spec(spec)
            states.append(state_of(spec, queued))
        except UserError as error:
            problems.append(str(error))
    if problems:
        more = [f"and {len(problems) - NAMED} more"] * (len(problems) > NAMED)
        raise UserError("\n".join([*problems[:NAMED], *more]))
    return states


def require_none_in_flight(trainings: Sequence[RunSpec], options: Options) -> None:
    """Refuse to go on while some of these trainings are at work or in the queue.

    Raises:
        CommandFailed: some are; it was said what to do.
    """
    if any(state.state in IN_FLIGHT for state in make_plan(trainings, options).states):
        say("Trainings are on their way from an earlier launch: give this command again when they are done.")
        raise CommandFailed(1)


def _check_ranks(all_ranks: set[int], cluster: str, profile: Profile) -> None:
    """Refuse to launch runs whose ranks the place cannot give them."""
    ranks = min(all_ranks)
    if others := all_ranks - {ranks}:
        raise UserError(f"Some of these runs train on {ranks} ranks and some on {min(others)}: launch them separately.")
    if cluster == "slurm" and profile.gpus and profile.gpus != ranks:
        raise UserError(
            f"The profile gives a job {profile.gpus} GPUs and these runs train on {ranks}: set gpus = {ranks} in the "
            "profile, or --set ranks."
        )
    if ranks > 1 and cluster == "debug":
        raise UserError("--cluster debug is one process: runs of several ranks need local or slurm.")
    if ranks > 1 and profile.pack > 1:
        raise UserError(f"Runs of {ranks} ranks have GPUs of their own: they cannot be packed. Set pack = 1.")


def _queued_runs() -> set[str]:
    queue = ask()
    if queue is None:
        raise UserError("There is no Slurm here (no sbatch). Launch with --cluster local, or log in to the cluster.")
    if queue.error:
        raise UserError(f"{queue.error} Try again when `squeue` works.")
    return queue.runs()
