"""Attempts at a run: each leaves two lines in attempts.jsonl, when it starts and how it ended."""

import errno
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xdomain.core.claims.holder import scheduler_job
from xdomain.core.errors import FULL, Interrupted
from xdomain.core.files import errors_behind, system_error, touched
from xdomain.runs.provenance import provenance
from xdomain.runs.run_folder import RunFolder

# Causes outside the program, which the reason of an attempt names whatever error they led to.
OUTSIDE = FULL | {errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ESTALE}


REQUEUED, GAVE_UP = "requeue", "gave up"  # events that may follow an attempt's end


@dataclass
class Attempt:
    """One start of a run and what came of it."""

    number: int
    host: str
    pid: int | None
    job: str | None  # the scheduler's name for it; None on a machine without one
    log: Path | None  # where its output went, if that is a file
    gpus: float
    began: float  # as all times here: seconds since 1970, by the clock that stamps its files
    latest: float  # time of its last event
    left: float | None = None  # when the attempt before it, if that was killed, was last alive
    seconds: float | None = None  # None: it was killed, or is still at work
    outcome: str | None = None
    reason: str = ""
    then: str | None = None  # REQUEUED, GAVE_UP or None


def attempts_of(folder: RunFolder) -> list[Attempt]:
    """List the attempts in order; the last one's `outcome` is None while it is at work and after it was killed."""
    return _attempts(folder.attempts())


def _attempts(events: list[dict[str, Any]]) -> list[Attempt]:
    attempts: list[Attempt] = []
    for event in events:
        kind = event["event"]
        if kind == "start" or not attempts:  # without a start, its first line was truncated or removed
            attempts.append(_started(event))
        last = attempts[-1]
        last.latest = event["time"]
        if kind == "end":
            last.outcome, last.reason, last.seconds = event["outcome"], event.get("reason", ""), event.get("seconds")
        elif kind != "start":
            last.then = kind
    return attempts


def _started(event: dict[str, Any]) -> Attempt:
    log = event.get("log")
    return Attempt(
        number=event["attempt"],
        host=event.get("host", "an unknown host"),
        pid=event.get("pid"),
        job=event.get("job"),
        log=Path(log) if log else None,
        gpus=event.get("gpus", 0),
        began=event["time"],
        latest=event["time"],
        left=event.get("left"),
    )


def last_sign(folder: RunFolder) -> float | None:
    """Tell when something in a run's folder last showed that an attempt was alive; None where nothing is there."""
    signs = [folder.claim_file, folder.metrics_file, *folder.checkpoints.glob("*.ckpt")]
    return max((when for sign in signs if (when := touched(sign)) is not None), default=None)


@contextmanager
def recorded_attempt(
    folder: RunFolder,
    device: str | None,
    log: Path | None = None,
    gpus: float = 0,
    since: float | None = None,
    left: float | None = None,
) -> Iterator[Attempt]:
    """Record the next attempt: its start, with code, libraries and device, and, whatever becomes of it, its end.

    Where the body comes to a result, it sets `outcome`. `since` is when the work began, by `time.monotonic`, if that
    was before now: libraries take seconds to load, and a GPU waits for them. `left` is the last sign of the
    attempt before, of `last_sign`, should that have been killed.
    """
    events = folder.attempts()
    number, before = sum(event["event"] == "start" for event in events) + 1, _attempts(events)
    start = {"host": socket.gethostname(), "pid": os.getpid(), "job": scheduler_job(), "gpus": gpus}
    event = {"event": "start", "attempt": number, **start, "log": str(log) if log else None}
    if left is not None and before and before[-1].outcome is None:
        event["left"] = round(left, 3)
    attempt = _started(folder.record_attempt(**event, provenance=provenance(device)))
    started = time.monotonic() if since is None else since
    try:
        yield attempt
    except BaseException as error:
        asked = (one for one in errors_behind(error) if isinstance(one, Interrupted | KeyboardInterrupt))
        if interruption := next(asked, None):
            attempt.outcome = "interrupted"
        why = interruption or error
        attempt.reason = f"{type(why).__name__}: {str(why).strip()}".splitlines()[0]
        if (cause := system_error(error, OUTSIDE)) and cause is not error:
            attempt.reason += f" ({cause})"
        raise
    finally:
        seconds = round(time.monotonic() - started, 1)
        end = {"outcome": attempt.outcome or "failed", "reason": attempt.reason, "seconds": seconds}
        with suppress(OSError):  # on a full disk this line cannot be written, and must not hide the reason
            folder.record_attempt(event="end", attempt=number, **end)


def provenance_of_attempts(folder: RunFolder) -> list[dict[str, Any]]:
    """Collect code, libraries and device of every attempt; of attempts before this was recorded, the number alone."""
    starts = [event for event in folder.attempts() if event["event"] == "start"]
    return [{"attempt": event["attempt"], **event.get("provenance", {})} for event in starts]
