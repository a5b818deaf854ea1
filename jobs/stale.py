"""Finished runs that are of the past: their data, their code or the training that they judge is another one now."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from xdomain.errors import UserError
from xdomain.files import read_json, sha256
from xdomain.records import STALE, RunFolder
from xdomain.roots import data_root
from xdomain.spec import RunSpec

UNREAD = "sizes:"  # begins the checksum of videos that were decoded while training: not one of a cache


def stale_runs(specs: Iterable[RunSpec], code: str | None = None) -> dict[RunSpec, str]:
    """The finished ones among `specs` that are stale, and why, trainings first.

    A run whose data is not here is not: nothing says that it changed.

    Args:
        specs: the runs to look at. An evaluation of one that is stale is itself stale.
        code: the code version, or image, that would run now; where it is given, runs of another are stale.

    Raises:
        UserError: a result is torn or of another format.
    """
    found: dict[RunSpec, str] = {}
    trainings: set[str] = set()
    for spec in sorted(specs, key=lambda spec: bool(spec.evaluates)):
        if not RunFolder.of(spec).is_finished():
            continue
        why = _why(spec, code)
        if spec.evaluates and spec.training.id in trainings:
            why = "the training that it judges is stale"
        if why:
            found[spec] = why
            trainings.add(spec.id)
    return found


def _why(spec: RunSpec, code: str | None) -> str:
    """Why a finished run is stale; empty if it is not."""
    result = RunFolder.of(spec).result()
    for data in spec.inputs:
        marker = data.marker(data_root())
        then = result["data"].get(data.name, {}).get("sha256", UNREAD)
        if marker.exists() and not then.startswith(UNREAD) and read_json(marker).get("sha256") != then:
            return f"it saw another {data.name} than there is now"
    provenance = result["provenance"]
    then = provenance["image_digest"] or provenance["code_version"]
    if code and then != code:
        return f"it is of the code {then}, which is now {code}"
    judged = RunFolder.of(spec.training).result_file
    if spec.evaluates and judged.exists() and sha256(judged) != result["training"]["result_sha256"]:
        return "it judged an earlier training"
    return ""


def move_aside(spec: RunSpec) -> Path:
    """Give the run's folder another name, so that the run can begin anew; nothing is deleted.

    Raises:
        UserError: it cannot be renamed.
    """
    path = RunFolder.of(spec).path
    aside = path.with_name(f"{path.name}{STALE}{datetime.now(UTC):%Y%m%d-%H%M%S}")
    try:
        return path.rename(aside)
    except OSError as error:
        raise UserError(
            f"{path} cannot be renamed to {aside.name} ({error.strerror}). Move it away yourself."
        ) from error
