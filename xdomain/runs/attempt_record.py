"""An attempt at a run leaves two lines in attempts.jsonl: when it starts, and how it ended."""

import errno
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xdomain.core.claims import scheduler_job
from xdomain.core.errors import Interrupted
from xdomain.core.files import FULL, system_error
from xdomain.runs.provenance import provenance
from xdomain.runs.run_folder import RunFolder

# Causes outside the program, which the reason of an attempt names whatever error they led to.
OUTSIDE = FULL | {errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ESTALE}


@dataclass
class Attempt:
    """One attempt while it is made; `outcome` is the body's to set where it comes to a result."""

    number: int
    outcome: str = "failed"


@contextmanager
def recorded_attempt(
    folder: RunFolder, device: str | None, log: Path | None = None, gpus: float = 0
) -> Iterator[Attempt]:
    """Record the next attempt: its start, with code, libraries and device, and, whatever becomes of it, its end."""
    attempt = Attempt(sum(event["event"] == "start" for event in folder.attempts()) + 1)
    folder.record_attempt(
        event="start",
        attempt=attempt.number,
        host=socket.gethostname(),
        pid=os.getpid(),
        job=scheduler_job(),
        log=str(log) if log else None,
        gpus=gpus,
        provenance=provenance(device),
    )
    started = time.monotonic()
    reason = ""
    try:
        yield attempt
    except BaseException as error:
        if isinstance(error, Interrupted | KeyboardInterrupt):
            attempt.outcome = "interrupted"
        reason = f"{type(error).__name__}: {str(error).strip()}".splitlines()[0]
        if (cause := system_error(error, OUTSIDE)) and cause is not error:
            reason += f" ({cause})"
        raise
    finally:
        end = {"outcome": attempt.outcome, "reason": reason, "seconds": round(time.monotonic() - started, 1)}
        with suppress(OSError):  # on a full disk this line cannot be written, and must not hide the reason
            folder.record_attempt(event="end", attempt=attempt.number, **end)


def provenance_of_attempts(folder: RunFolder) -> list[dict[str, Any]]:
    """Collect code, libraries and device of every attempt; of attempts before this was recorded, the number alone."""
    starts = [event for event in folder.attempts() if event["event"] == "start"]
    return [{"attempt": event["attempt"], **event.get("provenance", {})} for event in starts]
