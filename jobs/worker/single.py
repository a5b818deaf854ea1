"""One run inside a job: its exit code, and asking the scheduler for another start where it had to stop."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.cluster.batch import REQUEUE_MARK
from xdomain.core.claims.claim import AlreadyClaimed
from xdomain.core.claims.holder import scheduler_job
from xdomain.core.errors import Interrupted, UserError, explain
from xdomain.core.interruption import asked_by, watch
from xdomain.runs.run_folder import RunFolder

if TYPE_CHECKING:
    from xdomain.schema.launch import Manifest

STOPPED = 75  # exit code of a task that stopped half way and wants to go on (EX_TEMPFAIL)


def listen(manifest: "Manifest") -> None:
    """Become the one owner of the signals: submitit's handler would requeue at once, in the middle of an epoch."""
    end = os.environ.get("SLURM_JOB_END_TIME")
    deadline = float(end) if end else time.time() + manifest.time_limit if manifest.time_limit else None
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the launcher starts this process deaf to it
    watch(signal.SIGUSR2, signal.SIGTERM, deadline=deadline)


@dataclass
class Ending:
    """How a run inside a job ended."""

    code: int = 0  # the exit code


@contextmanager
def reported(manifest: "Manifest", index: int) -> Iterator[Ending]:
    """Turn what becomes of run `index` of `manifest`, executed in the body, into an exit code and words in its log."""
    spec, ending = manifest.runs[index], Ending()
    print(f"{spec.id} (run {index} of {manifest.path})", flush=True)
    try:
        yield ending
    except AlreadyClaimed as error:
        print(f"Nothing to do: {error}.")
        ending.code = int(spec.train.ranks > 1)  # ends the job's other ranks, which wait for this one
    except Interrupted as error:
        print(f"Stopped by {error}; the same run continues from there.", flush=True)
        if int(os.environ.get("RANK", "0")) > 0:
            return  # with 0: srun kills the others at once where one fails, and the first is still writing
        _ask_again(manifest, index)
        ending.code = STOPPED
    except UserError as error:
        print(f"Error: {error}", file=sys.stderr)
        ending.code = 2
    except OSError as error:
        if error.filename is None:  # not of a file
            raise
        print(f"Error: {explain(error)}", file=sys.stderr)
        ending.code = 2


def _ask_again(manifest: "Manifest", index: int) -> None:
    """Leave the mark that asks the batch script for another start, unless the run had as many as it may have."""
    job = scheduler_job()
    if os.environ.get("SUBMITIT_EXECUTOR") != "slurm" or job is None:  # no batch script of ours would see the mark
        return
    folder = RunFolder.of(manifest.runs[index])
    starts = 0
    for event in folder.attempts():
        # Whoever launches a run again that gave up means all of its attempts.
        starts = 0 if event["event"] == "gave up" else starts + (event["event"] == "start")
    may_start = starts < manifest.max_attempts
    # SIGTERM is scancel's, which is meant, or preemption's. Only Slurm knows which: the batch script asks it.
    if asked_by() != "SIGTERM":
        folder.record_attempt(event="requeue" if may_start else "gave up", attempt=starts, job=job)
    if may_start:
        (manifest.logs / f"{REQUEUE_MARK}{job}").touch()
    else:
        print(f"It has been started {starts} times, the most that the profile allows: launch it again by hand.")
