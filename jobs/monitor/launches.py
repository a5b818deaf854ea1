"""Read what was launched, and under which job and with which log, from manifests and submissions."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.records.manifest import MANIFEST, in_launches
from jobs.records.submission import Submitted, read_submitted
from jobs.records.task import DATA, SubmittedTask
from xdomain.core.errors import UserError, explain
from xdomain.core.names import did_you_mean
from xdomain.core.roots import runs_root
from xdomain.specs.spec import RunSpec

if TYPE_CHECKING:
    from xdomain.schema.launch import Manifest


@dataclass(frozen=True)
class Launch:
    """One launch, for reading: where its files are, what its manifest says, and which jobs it has on Slurm."""

    folder: Path

    @cached_property
    def manifest(self) -> "Manifest":
        """What was launched, and how.

        Raises:
            UserError: the manifest is damaged.
        """
        from xdomain.schema.launch import Manifest

        return Manifest.read(self.folder / MANIFEST)

    @cached_property
    def on_slurm(self) -> Submitted:
        """The tasks that were submitted, and when.

        Raises:
            UserError: the submission.json is damaged.
        """
        return read_submitted(self.folder)

    @cached_property
    def _jobs(self) -> dict[str, list[str]]:
        jobs: dict[str, list[str]] = {}
        for task in self.on_slurm.tasks:
            for run in task.runs:
                jobs.setdefault(run, []).append(task.id)
        return jobs

    def jobs_of(self, run: str) -> list[str]:
        """List the ids of the jobs that were to carry this run, oldest first."""
        return sorted(self._jobs.get(run, ()), key=lambda task: int(task.partition("_")[0]))

    @property
    def data_tasks(self) -> list[SubmittedTask]:
        """The jobs that make clip sets before the runs start."""
        return [task for task in self.on_slurm.tasks if task.step == DATA]

    def log_of(self, job: str) -> Path:
        """Tell where a job's output goes; the file exists once the job has started."""
        return next(task.log for task in self.on_slurm.tasks if task.id == job)


@dataclass(frozen=True)
class Launched:
    """A run, and the last launch that names it."""

    spec: RunSpec
    launch: Launch

    @property
    def jobs(self) -> list[str]:
        """The ids of the jobs that were to carry it, oldest first; none on one machine."""
        return self.launch.jobs_of(self.spec.id)


def launched_runs(study: str | None = None, problems: list[str] | None = None) -> dict[str, Launched]:
    """List every run that a launch below the runs root names, by its id, in the order of launching.

    Args:
        study: only of this one.
        problems: where it is given, a launch that cannot be read hides no other; a sentence about it is added here.

    Raises:
        UserError: nothing was launched there; or, without `problems`, a manifest or submission.json is damaged.
    """
    manifests = in_launches(f"*/{MANIFEST}", study)
    if not manifests:
        others = dict.fromkeys(path.parts[-4] for path in in_launches(f"*/{MANIFEST}"))
        raise UserError(
            f"No launch of {study or 'any study'} below {runs_root()}.{did_you_mean(study or '', others)} "
            "Launch one with `python -m jobs.launch`, or set XDOMAIN_RUNS to where the runs are."
        )
    runs: dict[str, Launched] = {}
    for path in manifests:
        launch = Launch(path.parent)
        try:
            specs = launch.manifest.runs
            _ = launch.on_slurm
        except (UserError, OSError) as error:  # an OSError: another user's
            if problems is None:
                raise
            problems.append(explain(error) if isinstance(error, OSError) else str(error))
            continue
        runs |= {spec.id: Launched(spec, launch) for spec in specs}
    return runs
