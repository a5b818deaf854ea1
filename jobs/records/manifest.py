"""Write a launch's manifest: the runs of one command, with everything their tasks need to know."""

import shlex
import sys
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from xdomain.core.errors import UserError
from xdomain.core.files import write_json
from xdomain.core.roots import STREAM, data_root, results_root, runs_root
from xdomain.runs.provenance import code_version
from xdomain.specs.spec import Input, RunSpec

if TYPE_CHECKING:
    from xdomain.schema.launch import Manifest

LAUNCHES = "launches"  # below a study's folder, beside its sources
MANIFEST = "manifest.json"


def root_variables() -> dict[str, str]:
    """Return the three roots as absolute paths, under the variables that name them."""
    roots = {"XDOMAIN_DATA": data_root(), "XDOMAIN_RUNS": runs_root(), "XDOMAIN_RESULTS": results_root()}
    return {name: str(root.absolute()) for name, root in roots.items()}


def in_launches(pattern: str, study: str | None = None) -> list[Path]:
    """List what fits a pattern such as `*/manifest.json` in the launches of a study, or of all below the runs root."""
    folders = [runs_root() / study / LAUNCHES] if study else runs_root().glob(f"*/{LAUNCHES}")
    return sorted(path for folder in folders for path in folder.glob(pattern))


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


def write_manifest(
    runs: Sequence[RunSpec],
    tracker: str | None,
    *,
    pack: int = 1,
    gpus: float = 0,
    memory: str | None = None,
    time_limit: float | None = None,
    max_attempts: int = 1,
    image_digest: str | None = None,
    stream: bool = False,
    at_a_time: int = 1,
    expected: dict[str, float] | None = None,
) -> "Manifest":
    """Write the manifest of a new launch; `runs` are of one study."""
    from xdomain.schema.launch import Manifest

    path = runs_root().absolute() / runs[0].study_key / LAUNCHES / stamp() / MANIFEST
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
            "at_a_time": at_a_time,
            "expected": {run: round(seconds, 1) for run, seconds in (expected or {}).items()},
            "runs": [spec.to_dict() for spec in runs],
        },
    )
    return Manifest.read(path)


def clip_sets(runs: tuple[RunSpec, ...] | list[RunSpec], stream: bool = False) -> list[Input]:
    """List the distinct sets that `runs` read, training sets first; not those that they decode themselves."""
    trained_on = [clip_set for spec in runs for clip_set in spec.inputs[:1]]
    every = dict.fromkeys(trained_on + [clip_set for spec in runs for clip_set in spec.inputs[1:]])
    return [clip_set for clip_set in every if not (stream and clip_set.can_stream)]
