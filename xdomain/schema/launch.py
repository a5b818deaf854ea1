"""manifest.json and submission.json of a launch: what was launched, and as which jobs."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr

from xdomain.core.errors import UserError
from xdomain.core.record import Amount, Inside, Name, Record, Text, read_record
from xdomain.specs.read import read_spec
from xdomain.specs.spec import RunSpec

LARGEST = 128 << 20  # bytes of a manifest: a thousand for each run
AWAY = "Move that launch's folder away, then give the command again."

Variable = Annotated[str, Field(pattern=r"^XDOMAIN_[A-Z_]+$")]  # what a manifest sets for its tasks; never PATH
JobId = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]
Specs = Annotated[list[dict[str, Any]], Field(min_length=1, max_length=100_000)]
RunIds = Annotated[list[Inside], Field(max_length=1000)]


class Manifest(Record):
    """One launch: its runs, and what their tasks need to know. Its folder also takes the logs and Slurm's files."""

    study_key: Name  # the study with its variant, such as ts-demo; its folder's name
    specs: Annotated[Specs, Field(alias="runs")]  # each one as in spec.json
    command: str = ""  # the command line that launched them
    created: Text = ""  # ISO 8601 in UTC
    code_version: Text = ""  # of the launcher
    tracker: Literal["tensorboard", "wandb"] | None = None  # where training also reports to
    environment: dict[Variable, Text] = {}  # set for every task: the three roots, the image's digest, streaming
    pack: Annotated[int, Field(ge=1, le=1000)] = 1  # runs that share one job
    gpus: Annotated[float, Field(ge=0, le=1000)] = 0  # of one run, of `pack` that share them
    memory: Text | None = None  # of one job, as Slurm takes it; none on one machine, and of earlier launches
    time_limit: Amount | None = None  # seconds of one attempt
    max_attempts: Annotated[int, Field(ge=1, le=10**6)] = 1  # starts of one run, after which it is not requeued
    at_a_time: Annotated[int, Field(ge=1, le=10**6)] = 1  # runs at the same time, at most
    expected: dict[Inside, Amount] = {}  # seconds that a run was expected to take, of those that could be estimated

    _path: Path = PrivateAttr()
    _runs: tuple[RunSpec, ...] = PrivateAttr()

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Read `<runs root>/<study>/launches/<launch>/manifest.json`, and its runs.

        Raises:
            UserError: it is damaged, or of another study than its folder or its runs.
        """
        manifest, _ = read_record(cls, path, AWAY, LARGEST)
        study = path.parents[2].name
        if manifest.study_key != study:
            raise UserError(
                f"{path} is of the study {manifest.study_key} (study_key) and stands in {study}'s folder. {AWAY}"
            )
        runs = tuple(read_spec(values, path) for values in manifest.specs)
        if others := [spec.study_key for spec in runs if spec.study_key != study]:
            raise UserError(f"{path} has runs of the study {others[0]}, and is of {study}. {AWAY}")
        manifest._path, manifest._runs = path, runs
        return manifest

    @property
    def path(self) -> Path:
        """The file that it was read from."""
        return self._path

    @property
    def runs(self) -> tuple[RunSpec, ...]:
        """The runs, in the order of launching."""
        return self._runs

    @property
    def stamp(self) -> str:
        """The launch's name: when it was made, and four letters by chance."""
        return self.path.parent.name

    @property
    def logs(self) -> Path:
        """Where submitit puts its pickles and every task's output."""
        return self.path.parent / "logs"

    def gpus_of(self, element: tuple[int, ...]) -> float:
        """Tell each run's share of the GPUs that an element has; the last one may carry fewer than `pack` runs."""
        return self.gpus * self.pack / len(element)

    @property
    def elements(self) -> list[tuple[int, ...]]:
        """The runs' indices as one array element takes them, `pack` at a time."""
        indices = range(len(self.runs))
        return [tuple(indices[first : first + self.pack]) for first in range(0, len(indices), self.pack)]


class SubmittedJob(Record):
    """A job of a launch, and the runs that its tasks carry."""

    id: JobId  # Slurm's; of an array, the array's
    name: Text  # under which it is in Slurm's queue
    step: Name  # what it does: runs, data, tables, or a step of the segmentation
    tasks: Annotated[list[RunIds], Field(min_length=1, max_length=100_000)]  # ids of the runs of each array element


class Submission(Record):
    """The jobs of a launch: what each one carries, and which ones others wait for."""

    jobs: Annotated[list[JobId], Field(min_length=1, max_length=10_000)]  # ids of the jobs that others wait for
    submitted: Annotated[list[SubmittedJob], Field(max_length=10_000)] | None = None  # all; null before they were kept
    complete: bool = True  # false until Slurm has taken every job

    @classmethod
    def read(cls, path: Path) -> "Submission":
        """Read a launch's submission.json.

        Raises:
            UserError: it is damaged.
        """
        return read_record(cls, path, AWAY)[0]
