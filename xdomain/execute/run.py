"""Take one run from its claim to its result. The same call again continues it, or finds it finished."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xdomain.core.claims.claim import claimed
from xdomain.core.files import write_json
from xdomain.execute.registry import study_of
from xdomain.runs.attempt_record import last_sign, provenance_of_attempts, recorded_attempt
from xdomain.runs.provenance import provenance
from xdomain.runs.run_folder import RESULT_FORMAT, RunFolder
from xdomain.specs.spec import RunSpec

if TYPE_CHECKING:
    from xdomain.schema.result import Measurements, RunResult


def execute(spec: RunSpec, tracker: str | None = None, log: Path | None = None, gpus: float = 0) -> "RunResult | None":
    """Do what `spec` is for in its run folder and return its result; a finished run returns what it has.

    Other ranks than the first, told by RANK as torchrun does, return None.
    `log` (where this process's output goes) and `gpus` (its share of them) are only recorded with the attempt.

    Raises:
        AlreadyClaimed: another live process works on it.
        UserError: its folder holds another run, or a data set is missing or damaged.
        Interrupted: asked to stop; the same call continues.
    """
    since = time.monotonic()
    folder, study = RunFolder.of(spec), study_of(spec.study)
    if int(os.environ.get("RANK", "0")) > 0:  # of a run that trains on several GPUs; the first rank does the rest
        if not folder.is_finished():
            spec.check()
            study.execute(spec, folder, tracker)
        return None
    left = last_sign(folder)  # of an attempt that was killed: its claim is about to be ours
    with claimed(folder.claim_file):
        if folder.is_finished():
            folder.require_same_spec(spec)
            return folder.read_result()
        folder.write_spec(spec)
        folder.remove_unfinished_files()
        with recorded_attempt(folder, _device(), log, gpus, since, left) as attempt:
            spec.check()
            began = datetime.now(UTC)
            measured = study.execute(spec, folder, tracker)
            write_json(folder.result_file, _values(spec, measured, folder, attempt.number, began))
            attempt.outcome = measured.status
        return folder.read_result()


def _device() -> str | None:
    """Name what this process computes on; None where torch cannot say."""
    try:
        from xdomain.training.trainer import compute  # torch takes seconds to import, a finished run needs none of it

        return compute().name
    except Exception:  # a broken driver or library raises anything
        return None


def _values(
    spec: RunSpec, measured: "Measurements", folder: RunFolder, attempt: int, began: datetime
) -> dict[str, Any]:
    """Return the values of result.json, as `xdomain.schema.result.RunResult` describes them."""
    return {
        "format": RESULT_FORMAT,
        "id": spec.id,
        "status": measured.status,
        **measured.model_dump(exclude_unset=True, exclude={"status"}),
        "provenance": provenance(_device() or "CPU"),  # without torch no GPU was used
        "provenance_of_attempts": provenance_of_attempts(folder),
        "attempts": attempt,
        "started": began.isoformat(timespec="seconds"),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
    }
