"""A launch's manifest: the runs of one command, with everything their tasks need to know, as plain JSON."""

import shlex
import sys
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from xdomain.core.errors import UserError
from xdomain.core.files import write_json
from xdomain.core.roots import STREAM, data_root, results_root, runs_root
from xdomain.runs.provenance import code_version
from xdomain.specs.spec import Input, RunSpec

LAUNCHES = "launches"  # below a study's folder, beside its sources


def root_variables() -> dict[str, str]:
    """Return the three roots as absolute paths, under the variables that name them."""
    roots = {"XDOMAIN_DATA": data_root(), "XDOMAIN_RUNS": runs_root(), "XDOMAIN_RESULTS": results_root()}
    return {name: str(root.absolute()) for name, root in roots.items()}


def stamp() -> str:
    """Name a launch after the time when it was made (UTC, so that names sort by it), and four letters by chance."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:4]}"


def make_private(launches: Path) -> None:
    """Make the folder of launches for its owner alone: a job runs what the pickles in it say, as that owner.

    Raises:
        UserError: it is another user's, or cannot be made.
    """
    try:
        launches.mkdir(parents=True, exist_ok=True)
        launches.chmod(0o700)
    except OSError as error:
        raise UserError(
            f"{launches} cannot be made yours alone ({error.strerror}). Jobs run what is in there: point XDOMAIN_RUNS "
            "to a folder of your own."
        ) from error


@dataclass(frozen=True)
class Manifest:
    """One launch. Its folder also takes the logs and the scheduler's files."""

    path: Path
    runs: tuple[RunSpec, ...]
    tracker: str | None
    environment: dict[str, str]  # for the tasks: absolute roots, and the image's digest
    pack: int  # runs that share one job
    gpus: float  # of one run
    memory: str | None  # of one run, as Slurm takes it
    time_limit: float | None  # seconds of one attempt
    max_attempts: int

    @classmethod
    def write(
        cls,
        runs: list[RunSpec],
        tracker: str | None,
        *,
        pack: int = 1,
        gpus: float = 0,
        memory: str | None = None,
        time_limit: float | None = None,
        max_attempts: int = 1,
        image_digest: str | None = None,
        stream: bool = False,
    ) -> "Manifest":
        """Write the manifest of a new launch; `runs` are of one study."""
        path = runs_root().absolute() / runs[0].study_key / LAUNCHES / stamp() / "manifest.json"
        make_private(path.parent.parent)
        environment = root_variables()
        if image_digest:
            environment["XDOMAIN_IMAGE_DIGEST"] = image_digest
        if stream:
            environment[STREAM] = "1"
        write_json(
            path,
            {
                "study_key": runs[0].study_key,
                "command": shlex.join(sys.argv),
                "created": datetime.now(UTC).isoformat(timespec="seconds"),
                "code_version": code_version(),
                "tracker": tracker,
                "environment": environment,
                "pack": pack,
                "gpus": gpus,
                "memory": memory,
                "time_limit": time_limit,
                "max_attempts": max_attempts,
                "runs": [spec.to_dict() for spec in runs],
            },
        )
        return cls.read(path)

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Read what `write` wrote.

        Raises:
            UserError: it is damaged, or not what `write` writes.
        """
        from xdomain.schema.launch import read_manifest

        values, runs = read_manifest(path)
        taken = ("tracker", "environment", "pack", "gpus", "memory", "time_limit", "max_attempts")
        return cls(path, runs, **{name: getattr(values, name) for name in taken})

    @property
    def roots(self) -> list[Path]:
        """Data, runs and results: what an image has to see."""
        return [Path(self.environment[name]) for name in root_variables()]

    @property
    def stamp(self) -> str:
        """The launch's name: when it was made, and four letters by chance."""
        return self.path.parent.name

    @property
    def logs(self) -> Path:
        """Where submitit puts its pickles and every task's output."""
        return self.path.parent / "logs"

    @property
    def elements(self) -> list[tuple[int, ...]]:
        """The runs' indices as one array element takes them, `pack` at a time."""
        indices = range(len(self.runs))
        return [tuple(indices[first : first + self.pack]) for first in range(0, len(indices), self.pack)]

    @cached_property
    def clip_sets(self) -> list[Input]:
        """The distinct sets that the runs read, without those that they decode for themselves."""
        return clip_sets(self.runs, stream=STREAM in self.environment)


def clip_sets(runs: tuple[RunSpec, ...] | list[RunSpec], stream: bool = False) -> list[Input]:
    """List the distinct sets that `runs` read, training sets first; not those that they decode themselves."""
    trained_on = [clip_set for spec in runs for clip_set in spec.inputs[:1]]
    every = dict.fromkeys(trained_on + [clip_set for spec in runs for clip_set in spec.inputs[1:]])
    return [clip_set for clip_set in every if not (stream and clip_set.can_stream)]
