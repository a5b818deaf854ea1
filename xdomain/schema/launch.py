"""manifest.json and submission.json of a launch: what was launched, and as which jobs."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from xdomain.core.errors import UserError
from xdomain.core.record import Amount, Name, Record, Text, read_record
from xdomain.specs.spec import RunSpec

AWAY = "Move that launch's folder away, then give the command again."

Variable = Annotated[str, Field(pattern=r"^XDOMAIN_[A-Z_]+$")]  # what a manifest sets for its tasks; never PATH
JobId = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]


class Manifest(Record):
    """One launch: its runs, and what their tasks need to know."""

    study_key: Name  # the study with its variant, such as ts-demo; its folder's name
    runs: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=100_000)]  # specs, as in spec.json
    command: str = ""  # the command line that launched them
    created: Text = ""  # ISO 8601 in UTC
    code_version: Text = ""  # of the launcher
    tracker: Literal["tensorboard", "wandb"] | None = None  # where training also reports to
    environment: dict[Variable, Text] = {}  # set for every task: the three roots, the image's digest, streaming
    pack: Annotated[int, Field(ge=1, le=1000)] = 1  # runs that share one job
    gpus: Annotated[float, Field(ge=0, le=1000)] = 0  # of one run
    memory: Text | None = None  # of one run, as Slurm takes it; none on one machine, and of earlier launches
    time_limit: Amount | None = None  # seconds of one attempt
    max_attempts: Annotated[int, Field(ge=1, le=10**6)] = 1  # starts of one run, after which it is not requeued


class Submission(Record):
    """The jobs of a launch, for others to wait for."""

    jobs: Annotated[list[JobId], Field(min_length=1, max_length=10_000)]  # arrays' ids, in the order of submission


def read_manifest(path: Path) -> tuple[Manifest, tuple[RunSpec, ...]]:
    """Read `<runs root>/<study>/launches/<launch>/manifest.json`, and its runs.

    Raises:
        UserError: it is damaged, or of another study than its folder or its runs.
    """
    manifest, _ = read_record(Manifest, path, AWAY)
    study = path.parents[2].name
    if manifest.study_key != study:
        raise UserError(
            f"{path} is of the study {manifest.study_key} (study_key) and stands in {study}'s folder. {AWAY}"
        )
    specs = tuple(RunSpec.from_dict(values, path) for values in manifest.runs)
    if others := [spec.study_key for spec in specs if spec.study_key != study]:
        raise UserError(f"{path} has runs of the study {others[0]}, and is of {study}. {AWAY}")
    return manifest, specs


def read_submission(path: Path) -> Submission:
    """Read a launch's submission.json.

    Raises:
        UserError: it is damaged.
    """
    return read_record(Submission, path, AWAY)[0]
