"""Find finished runs of the past: their data, their code or the training that they evaluate is another one now."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from xdomain.core.errors import UserError
from xdomain.core.files import sha256
from xdomain.core.roots import data_root
from xdomain.execute.registry import study_of
from xdomain.runs.run_folder import STALE, RunFolder
from xdomain.specs.spec import RunSpec
from xdomain.studies.base import Comparison


def stale_runs(specs: Iterable[RunSpec], code: str | None = None) -> dict[RunSpec, str]:
    """Find the finished ones among `specs` that are stale, and why, trainings first.

    A run whose data is not here is not: nothing says that it changed. Clips that were decoded while they were used are
    compared by their listing and the sizes of their videos.

    Args:
        specs: the runs to look at. An evaluation of one that is stale is itself stale.
        code: the code version, or image, that would run now; where it is given, runs of another are stale.

    Raises:
        UserError: a result is damaged or of another format, or a listing is wrong.
    """
    comparison = cache(lambda study: study_of(study).comparison(data_root()))  # it keeps what many runs share
    reasons: dict[RunSpec, str] = {}
    trainings: set[str] = set()
    for spec in sorted(specs, key=lambda spec: spec.is_evaluation):
        if not RunFolder.of(spec).is_finished():
            continue
        why = _why(spec, code, comparison(spec.study))
        if spec.is_evaluation and spec.training.id in trainings:
            why = "the training that it evaluates is stale"
        if why:
            reasons[spec] = why
            trainings.add(spec.id)
    return reasons


def _why(spec: RunSpec, code: str | None, difference: Comparison) -> str:
    """Tell why a finished run is stale; empty if it is not."""
    result = RunFolder.of(spec).read_result()
    for data in spec.inputs:
        if data.name in result.data and (words := difference(data, result.data[data.name])):
            return words
    attempts = [origin for origin in result.provenance_of_attempts if origin.code_version]
    codes = [result.provenance.image_digest or result.provenance.code_version]
    codes += [origin.image_digest or origin.code_version or "" for origin in attempts]
    if code and (others := [then for then in codes if then != code]):
        return f"it is of the code {others[0]}, which is now {code}"
    trained = RunFolder.of(spec.training).result_file
    recorded = result.training.result_sha256 if result.training else None
    if spec.is_evaluation and trained.exists() and sha256(trained) != recorded:
        return "it evaluated an earlier training"
    return ""


def move_aside(spec: RunSpec) -> Path:
    """Give the run's folder another name, so that the run can begin anew; nothing is deleted.

    Raises:
        UserError: it cannot be renamed, or a cache has to be renewed before the run can be repeated.
    """
    study_of(spec.study).require_repeatable(spec, data_root())
    path = RunFolder.of(spec).path
    aside = path.with_name(f"{path.name}{STALE}{datetime.now(UTC):%Y%m%d-%H%M%S}")
    try:
        return path.rename(aside)
    except OSError as error:
        raise UserError(
            f"{path} cannot be renamed to {aside.name} ({error.strerror}). Move it away yourself."
        ) from error
