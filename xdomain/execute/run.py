"""Take one run from its claim to its result. The same call again continues it, or finds it finished."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xdomain.core.claims import claimed
from xdomain.core.files import write_json
from xdomain.runs.attempt_record import provenance_of_attempts, recorded_attempt
from xdomain.runs.provenance import provenance
from xdomain.runs.run_folder import DIVERGED, FINISHED, RESULT_FORMAT, RunFolder
from xdomain.specs.spec import RunSpec, VideoDataSpec


def execute(spec: RunSpec, tracker: str | None = None, log: Path | None = None, gpus: float = 0) -> dict[str, Any]:
    """Train and evaluate `spec` in its run folder and return its result; a finished run returns what it has.

    Other ranks than the first, told by RANK as torchrun does, return an empty result.
    `log` (where this process's output goes) and `gpus` (its share of them) are only recorded with the attempt.

    Raises:
        AlreadyClaimed: another live process works on it.
        UserError: its folder holds another run, or a data set is missing or damaged.
        Interrupted: asked to stop; the same call continues.
    """
    folder = RunFolder.of(spec)
    if int(os.environ.get("RANK", "0")) > 0:  # of a run that trains on several GPUs; the first rank does the rest
        if not folder.is_finished():
            _train_and_evaluate(spec, folder, 0, tracker)
        return {}
    with claimed(folder.claim_file):
        if folder.is_finished():
            folder.require_same_spec(spec)
            return folder.result()
        folder.write_spec(spec)
        folder.remove_unfinished_files()
        with recorded_attempt(folder, _device(), log, gpus) as attempt:
            attempt.outcome = _train_and_evaluate(spec, folder, attempt.number, tracker)
        return folder.result()


def _device() -> str | None:
    """Name what this process computes on; None where torch cannot say: the attempt then fails and tells why."""
    try:
        from xdomain.training.trainer import compute  # torch takes seconds to import, a finished run needs none of it

        return compute().name
    except Exception:  # a broken driver or library raises anything
        return None


def _train_and_evaluate(spec: RunSpec, folder: RunFolder, attempt: int, tracker: str | None) -> str:
    spec.check()
    # torch takes seconds to import, and a finished run needs none of it
    from xdomain.training.module import Diverged
    from xdomain.training.trainer import compute

    result: dict[str, Any] = {"format": RESULT_FORMAT, "id": spec.id, "status": FINISHED}
    began = datetime.now(UTC)
    try:
        _work(spec)(spec, folder, tracker, result)
    except Diverged as error:
        result |= {"status": DIVERGED, "diverged_in_epoch": error.epoch, "accuracy": {}, "clips": {}}
    result |= {
        "provenance": provenance(compute().name),
        "provenance_of_attempts": provenance_of_attempts(folder),
        "attempts": attempt,
        "started": began.isoformat(timespec="seconds"),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if int(os.environ.get("RANK", "0")) == 0:
        write_json(folder.result_file, result)
    return result["status"]


def _work(spec: RunSpec) -> Callable[[RunSpec, RunFolder, str | None, dict[str, Any]], None]:
    """Return the function that does what a run of this kind does."""
    if spec.evaluates:
        from xdomain.execute.video_evaluation import work
    elif isinstance(spec.data, VideoDataSpec):
        from xdomain.execute.video_training import work
    else:
        from xdomain.execute.temporal_shape import work
    return work
