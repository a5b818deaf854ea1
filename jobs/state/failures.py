"""Say why a run has no result: one class and one sentence, from its last attempt, its log and the scheduler's word."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from xdomain.runs.attempt_record import GAVE_UP, Attempt
from xdomain.runs.run_folder import DIVERGED, NONFINITE

CLASSES = {
    "oom": "out of memory, the GPU's or the node's",
    "timeout": "stopped by its time limit",
    "node": "its node failed, or was taken away",
    "stopped": "asked to stop: cancelled, or Ctrl-C",
    "stranded": "asked for another start, and Slurm could not be reached to give it one",
    "killed": "gone without a word",
    "data": "a data set or its folder is not as it should be",
    "disk": "no space left, or over quota",
    "access": "no permission for a file, or a read-only file system",
    "start": "the job ended before the run began",
    "bug": "an error in the program",
    "diverged": "the loss became NaN or infinite",
    "nonfinite": "a trained model's scores are NaN or infinite",
}

# Errors of the program's own, as the last line of a traceback; the first that fits decides.
_REASONS = (
    ("oom", r"OutOfMemoryError|out of memory|MemoryError|[Cc]an(no|')t allocate memory|ALLOC_FAILED"),
    ("oom", r"DataLoader worker .* killed by signal: Killed"),
    ("disk", r"No space left|Disk quota exceeded|File too large"),
    ("access", r"Permission denied|Read-only file system|Operation not permitted"),
    ("node", r"ECC error|fallen off the bus|devices? .*(busy or unavailable|unavailable)|Stale file handle"),
    ("stopped", r"^(SIGTERMException|KeyboardInterrupt)"),
    ("data", r"^(UserError|Error:)"),  # how it is named in the attempt, and how it is printed
)
# What Slurm's own programs write into a job's log.
_SLURM_LINES = (
    ("oom", r"oom[-_ ]kill|OOM Killed|task \d+: Out Of Memory|exceeded .*memory limit"),
    ("timeout", r"DUE TO TIME LIMIT"),
    ("node", r"DUE TO (NODE FAILURE|PREEMPTION)|Node failure on"),
    ("stopped", r"\*\*\* JOB .*CANCELLED AT \S+ \*\*\*"),
    # One rank of several: srun ends its step, and the other ranks lose their connection.
    ("killed", r"(?m)^srun: error: \S+: tasks? [\d,-]+: (Killed|Segmentation fault|Bus error|Aborted)"),
)
_STEP = r"\*\*\* STEP .*CANCELLED AT"  # by a user; or by srun, since one of several ranks had failed
_LOST = r"(?i)connection (closed|reset|refused)|gloo|nccl|broken pipe"  # what ranks say that outlive another
_WORDS = {
    "OUT_OF_MEMORY": "oom",
    "TIMEOUT": "timeout",
    "DEADLINE": "timeout",
    "NODE_FAIL": "node",
    "BOOT_FAIL": "node",
    "PREEMPTED": "node",
    "CANCELLED": "stopped",
}
_BY_SLURM = {
    "oom": "the node's memory was not enough",
    "timeout": "it reached its time limit",
    "node": "its node failed or was taken away",
    "stopped": "it was cancelled",
    "killed": "a process of its was killed, most often for want of memory on the node",
}


@dataclass(frozen=True)
class Failure:
    """Why a run has no result; `kind` is one of CLASSES."""

    kind: str
    sentence: str


def classify(last: Attempt | None, log: str, word: str | None = None, others: Iterable[str] = ()) -> Failure:
    """Classify a run that is neither at work nor finished.

    Args:
        last: its last attempt; None if its job ended before one began.
        log: the end of what that attempt, and Slurm beside it, wrote.
        word: how the scheduler says that the job ended, such as NODE_FAIL.
        others: the ends of the logs of its other ranks, from the second on.
    """
    if last and last.outcome in (DIVERGED, NONFINITE):
        return Failure(last.outcome, last.reason or CLASSES[last.outcome])
    slurm = next((kind for kind, pattern in _SLURM_LINES if re.search(pattern, log)), None) or _WORDS.get(word or "")
    if last and not slurm and (not last.reason or re.search(_LOST, last.reason)):
        for rank, text in enumerate(others, start=1):
            if (error := _last_error(text)) and not re.search(_LOST, error):
                return Failure(_kind_of(error) or "bug", f"rank {rank} of {last.host} ended with: {error}")
    if not slurm and not (last and last.reason) and re.search(_STEP, log):
        slurm = "stopped"
    if last and last.reason:
        failure = _from_reason(last, log)
        # A job that is thrown out hears SIGTERM first, and ranks that outlive another fail too: Slurm knows why.
        by_it = slurm in ("killed", "oom") or re.search(_LOST, last.reason)
        if slurm and (failure.kind == "stopped" or (failure.kind == "bug" and by_it)):
            failure = Failure(slurm, f"{failure.sentence} ({_BY_SLURM[slurm]})")
        if last.then == GAVE_UP:
            started = f"started {last.number} times, as often as its profile allows"
            return Failure(failure.kind, f"{started}; the last time: {failure.sentence}")
        return failure
    error = _last_error(log)
    if last is None and error:  # before Slurm's word: the job that makes the data failed, so this one was cancelled
        return Failure(_kind_of(error) or "start", f"its job ended before the run began: {error}")
    where = f"attempt {last.number} on {last.host}" if last else "its job"
    if slurm:
        return Failure(slurm, f"{where} was ended: {_BY_SLURM[slurm]}")
    if last and (code := re.search(r" ended with -(\d+)$", log, re.MULTILINE)):
        return Failure("killed", f"{where} was killed by signal {code[1]}; most often the node's memory was not enough")
    if error:
        return Failure(_kind_of(error) or "bug", f"{where} ended with: {error}")
    if last:
        return Failure("killed", f"{where} was killed, and nothing says by whom")
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    if lines:
        return Failure("start", f"its job ended before the run began; its last words: {lines[-1]}")
    return Failure("start", "its job left the queue without starting: it was cancelled, or what it waits for failed")


def _from_reason(last: Attempt, log: str) -> Failure:
    reason = last.reason.strip().removesuffix(":")  # some errors have no words
    if kind := _kind_of(reason):
        return Failure(kind, reason.removeprefix("UserError: "))
    if reason.startswith("Interrupted"):
        # USR2 is how Slurm warns of the time limit; elsewhere a user sent it.
        limit = "the time limit" in reason or ("SIGUSR2" in reason and last.job)
        return Failure("timeout" if limit else "stopped", reason.removeprefix("Interrupted: ").strip())
    # The innermost line of the project's own code, where there is one: libraries are rarely to blame.
    frames = re.findall(r'^ *File "(.+)", line (\d+), in ', log, re.MULTILINE)
    frames = [frame for frame in frames if "/lib/python" not in frame[0]] or frames
    place = f" ({Path(frames[-1][0]).name}:{frames[-1][1]})" if frames else ""
    return Failure("bug", f"{reason}{place}")


def _kind_of(error: str) -> str | None:
    return next((kind for kind, pattern in _REASONS if re.search(pattern, error)), None)


def _last_error(log: str) -> str | None:
    """Return the last line of the last traceback: the first after it that is not indented."""
    traceback = log.rpartition("Traceback (most recent call last):\n")
    if traceback[1]:
        for line in traceback[2].splitlines():
            if line.strip() and not line.startswith((" ", "\t")):
                return line.strip()
    errors = re.findall(r"^(?:Error|FATAL|OSError|MemoryError)\b.*", log, re.MULTILINE)
    return errors[-1].strip() if errors else None
