"""A task on Slurm, as the record of its launch describes it."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

RUNS, DATA = "runs", "data"  # steps of a launch with a manifest; other launches have steps of their own


@dataclass(frozen=True)
class SubmittedTask:
    """An array element, or a job that is no array."""

    launch: Path  # the launch's folder
    id: str
    name: str  # in Slurm's queue
    step: str
    runs: tuple[str, ...]  # their ids; several where it is packed
    at: float  # when it was submitted, by the file server's clock
    before: str = ""  # the id of the task that it goes on for, if any

    @property
    def job(self) -> str:
        """Its job's id, without the element's index."""
        return self.id.partition("_")[0]

    @property
    def study(self) -> str:
        """The study's folder below the runs root."""
        return self.launch.parents[1].name

    @property
    def logs(self) -> Path:
        """Where the launch's tasks have their files."""
        return logs_of(self.launch)

    @property
    def log(self) -> Path:
        """Where its output goes; the file exists once it has started."""
        return self.logs / f"{self.id}_0_log.out"

    def followed_by(self, task: str, at: float) -> "SubmittedTask":
        """Describe the task that goes on for this one under another id."""
        return dataclasses.replace(self, id=task, at=at, before=self.id)


def logs_of(launch: Path) -> Path:
    """Return the folder of a launch's logs: the steps of a chain write beside their submission.json."""
    logs = launch / "logs"
    return logs if logs.is_dir() else launch
