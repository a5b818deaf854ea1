"""Decide what state a run is in, from files first: only result.json means finished."""

from collections.abc import Collection
from dataclasses import dataclass

from xdomain.core.claims.claim import is_live, read_claim
from xdomain.runs.attempt_record import GAVE_UP, attempts_of
from xdomain.runs.run_folder import DIVERGED as DIVERGED
from xdomain.runs.run_folder import FINISHED as FINISHED
from xdomain.runs.run_folder import NONFINITE as NONFINITE
from xdomain.runs.run_folder import RunFolder, nonfinite_sentence
from xdomain.specs.spec import RunSpec

NEW, QUEUED, RUNNING = "new", "queued", "running"
FAILED, INTERRUPTED = "failed", "interrupted"
STATES = (FINISHED, DIVERGED, NONFINITE, RUNNING, QUEUED, INTERRUPTED, FAILED, NEW)
DONE = (FINISHED, DIVERGED, NONFINITE)
IN_FLIGHT = (RUNNING, QUEUED)


@dataclass(frozen=True)
class RunState:
    """A run, its state, and for anything but smooth sailing the reason."""

    spec: RunSpec
    state: str
    reason: str = ""


def state_of(spec: RunSpec, queued: Collection[str] = ()) -> RunState:
    """Determine the state of `spec`; `queued` holds the ids that the scheduler has in its queue.

    Raises:
        UserError: the result is damaged or of another format.
    """
    folder = RunFolder.of(spec)
    if folder.is_finished():
        result = folder.read_result()
        if result.status == DIVERGED:
            epoch = "?" if result.diverged_in_epoch is None else result.diverged_in_epoch
            return RunState(spec, DIVERGED, f"the loss was not finite in epoch {epoch}")
        if result.status == NONFINITE:
            entries = [entry.model_dump(exclude_unset=True) for entry in result.nonfinite or ()]
            return RunState(spec, NONFINITE, nonfinite_sentence(entries))
        return RunState(spec, FINISHED)
    claim = read_claim(folder.claim_file)
    if claim and is_live(folder.claim_file, claim):
        return RunState(spec, RUNNING, f"on {claim['host']}")
    if spec.id in queued:
        return RunState(spec, QUEUED)
    attempts = attempts_of(folder)
    if not attempts:
        return RunState(spec, NEW)
    last = attempts[-1]
    if last.outcome is None:
        return RunState(spec, INTERRUPTED, f"attempt {last.number} on {last.host} was killed")
    if last.outcome in DONE:
        return RunState(spec, INTERRUPTED, f"attempt {last.number} {last.outcome}, but its result file is gone")
    if last.then == GAVE_UP:
        return RunState(spec, FAILED, f"started {last.number} times, as often as its profile allows: {last.reason}")
    return RunState(spec, last.outcome, last.reason)
