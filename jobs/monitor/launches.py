"""Read what was launched, and under which job and with which log, off the manifests and submitit's files."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.backends.slurm import SUBMISSION
from jobs.records.manifest import LAUNCHES
from xdomain.core.errors import UserError, explain
from xdomain.core.roots import runs_root
from xdomain.specs.spec import RunSpec

SCRIPT = "_submission.sh"  # after a job's id, the name of its batch script

if TYPE_CHECKING:
    from xdomain.schema.launch import Manifest


@dataclass(frozen=True)
class Launch:
    """One launch, for reading: where its files are and what its manifest says."""

    folder: Path

    @cached_property
    def manifest(self) -> "Manifest":
        """What was launched, and how.

        Raises:
            UserError: the manifest is damaged.
        """
        return self._read[0]

    @cached_property
    def specs(self) -> tuple[RunSpec, ...]:
        """The runs of the launch.

        Raises:
            UserError: the manifest is damaged.
        """
        return self._read[1]

    @cached_property
    def _read(self) -> "tuple[Manifest, tuple[RunSpec, ...]]":
        from xdomain.schema.launch import read_manifest

        return read_manifest(self.folder / "manifest.json")

    @cached_property
    def submitted(self) -> float | None:
        """When Slurm had taken all of its jobs; None for a launch on one machine, and for one that was cut off."""
        try:
            return (self.folder / SUBMISSION).stat().st_mtime
        except FileNotFoundError:
            return None

    @cached_property
    def _submissions(self) -> dict[str, tuple[str, bool]]:
        # job id -> (its first element or "data", whether it is an array); a follow-up job has a script of its own
        scripts = {}
        for script in sorted((self.folder / "logs").glob(f"*{SCRIPT}")):
            text = script.read_text()
            name = re.search(r"^#SBATCH --job-name=.*\.(\w+)$", text, re.MULTILINE)
            if name:
                scripts[script.name.partition("_")[0]] = (name[1], "\n#SBATCH --array=" in text)
        return scripts

    def runs_of(self, element: int) -> tuple[str, ...]:
        """List the ids of the runs that an array element carries."""
        pack = self.manifest.pack
        return tuple(spec.id for spec in self.specs[element * pack : (element + 1) * pack])

    def jobs_of(self, index: int) -> list[str]:
        """List the ids of the jobs that were to carry run `index`, oldest first."""
        element = index // self.manifest.pack
        jobs = []
        for job, (first, is_array) in self._submissions.items():
            if first.isdigit() and element >= int(first):
                name = f"{job}_{element - int(first)}" if is_array else job
                if (self.folder / "logs" / f"{name}_submitted.pkl").exists() and (is_array or element == int(first)):
                    jobs.append(name)
        return sorted(jobs, key=lambda name: int(name.partition("_")[0]))

    @property
    def data_jobs(self) -> list[str]:
        """The ids of the jobs that make clip sets before the runs start."""
        return [job for job, (first, _) in self._submissions.items() if first == "data"]

    def log_of(self, job: str) -> Path:
        """Tell where a job's output goes; the file exists once the job has started."""
        return self.folder / "logs" / f"{job}_0_log.out"


@dataclass(frozen=True)
class Launched:
    """A run, the last launch that names it, and its index there."""

    spec: RunSpec
    launch: Launch
    index: int

    @property
    def jobs(self) -> list[str]:
        """The ids of the jobs that were to carry it, oldest first; none on one machine."""
        return self.launch.jobs_of(self.index)


def launched_runs(study: str | None = None, problems: list[str] | None = None) -> dict[str, Launched]:
    """List every run that a launch below the runs root names, by its id, in the order of launching.

    Args:
        study: only of this one.
        problems: where it is given, a launch that cannot be read hides no other; a sentence about it is added here.

    Raises:
        UserError: nothing was launched there; or, without `problems`, a manifest is damaged.
    """
    manifests = sorted(runs_root().glob(f"{study or '*'}/{LAUNCHES}/*/manifest.json"))
    if not manifests:
        raise UserError(
            f"No launch of {study or 'any study'} below {runs_root()}. "
            "Launch one with `python -m jobs.launch`, or set XDOMAIN_RUNS to where the runs are."
        )
    runs: dict[str, Launched] = {}
    for path in manifests:
        launch = Launch(path.parent)
        try:
            specs = launch.specs
        except (UserError, OSError) as error:  # an OSError: another user's
            if problems is None:
                raise
            problems.append(explain(error) if isinstance(error, OSError) else str(error))
            continue
        for index, spec in enumerate(specs):
            runs[spec.id] = Launched(spec, launch, index)
    return runs
