"""The attempts of a run, from the events that its attempts.jsonl holds."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xdomain.runs.run_folder import RunFolder

REQUEUED, GAVE_UP = "requeue", "gave up"  # events that may follow an attempt's end


@dataclass(frozen=True)
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
    seconds: float | None = None  # None: it was killed, or is still at work
    outcome: str | None = None
    reason: str = ""
    then: str | None = None  # REQUEUED, GAVE_UP or None


def attempts_of(folder: RunFolder) -> list[Attempt]:
    """List the attempts in order; the last one's `outcome` is None while it is at work and after it was killed."""
    attempts: list[Attempt] = []
    for event in folder.attempts():
        kind = event["event"]
        if kind == "start":
            attempts.append(_started(event))
            continue
        if not attempts:  # its first line was truncated or removed
            attempts.append(_started(event))
        if kind == "end":
            ended = {"reason": event.get("reason", ""), "seconds": event.get("seconds")}
            attempts[-1] = replace(attempts[-1], latest=event["time"], outcome=event["outcome"], **ended)
        else:
            attempts[-1] = replace(attempts[-1], latest=event["time"], then=kind)
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
    )
