"""What Slurm's queue holds of our runs. One question answers all; its answer is shared for a minute."""

import dataclasses
import json
import os
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jobs.attempts import REQUEUED, attempts_of
from jobs.launches import Launch
from jobs.manifest import LAUNCHES
from jobs.slurm import JOB_NAME, SUBMISSION, is_available
from xdomain.errors import UserError
from xdomain.files import write_json
from xdomain.records import RunFolder
from xdomain.roots import runs_root

SHARED = 60.0  # seconds for which an answer is used again
ENDED = {
    *("BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED"),
    *("NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "REVOKED", "TIMEOUT"),
}


@dataclass(frozen=True)
class QueuedJob:
    """An array element, or a job that is no array, in the queue."""

    id: str
    state: str  # PENDING, RUNNING, COMPLETING, ...
    reason: str  # why it waits, in Slurm's words; None is one of them
    started: float | None  # seconds since 1970
    runs: tuple[str, ...]  # their ids; several where it is packed, none for a job that makes data


@dataclass(frozen=True)
class Queue:
    """An answer of Slurm's."""

    asked: float  # when it was last tried
    answered: float  # when what follows was true
    jobs: tuple[QueuedJob, ...] = ()
    ended: dict[str, str] = dataclasses.field(default_factory=dict)  # job id -> how it ended, unless well
    error: str = ""  # why the last try had no answer

    def runs(self) -> set[str]:
        """The ids of the runs that will be started, or are being started, by a job in the queue.

        A run that came to its end is none of them, though its job still has siblings to carry or to clean up.
        """
        return {run for job in self.jobs for run in job.runs if self._will_start(job, run)}

    def _will_start(self, job: QueuedJob, run: str) -> bool:
        attempts = attempts_of(RunFolder(runs_root() / run))
        if not attempts or attempts[-1].then == REQUEUED:
            return True
        began = self.answered if job.state == "PENDING" else job.started
        return began is None or attempts[-1].latest < began


def ask() -> Queue | None:
    """What Slurm answers now, kept for others too; None where there is no Slurm, and with `error` if it is silent."""
    return _ask(_remembered()) if is_available() else None


def recent() -> Queue | None:
    """What Slurm answered within the last minute, else what it answers now; None where there is no Slurm.

    If it does not answer, this is the last answer with its `error`, which is also not asked for again for a minute.
    """
    if not is_available():
        return None
    known = _remembered()
    launches = (path.stat().st_mtime for path in runs_root().glob(f"*/{LAUNCHES}/*/{SUBMISSION}"))
    if known and time.time() - known.asked < SHARED and known.asked > max(launches, default=0):
        return known
    if known:  # whoever looks while this process waits for Slurm makes do with the last answer
        _remember(dataclasses.replace(known, asked=time.time()))
    return _ask(known)


def note_cancelled(jobs: Iterable[str]) -> None:
    """Ask anew next time; and remember what Slurm forgets at once, a job that was cancelled before it started."""
    known = _remembered() or Queue(0, 0)
    _remember(dataclasses.replace(known, asked=0, ended=known.ended | dict.fromkeys(jobs, "CANCELLED")))


def _ask(known: Queue | None) -> Queue:
    command = ["squeue", "--me", "--array", "--states=all", "--noheader", "--format=%i|%T|%S|%r|%j"]
    # A user's own defaults would hide jobs or write times that only people can read.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SQUEUE_")}
    asked = time.time()
    try:
        answer = subprocess.run(
            command, env=environment | {"SLURM_TIME_FORMAT": "standard"}, capture_output=True, text=True, check=False
        )
        failed, words = answer.returncode, answer.stderr.strip()
    except FileNotFoundError:
        failed, words = 1, "there is no squeue here"
    known = known or Queue(asked, answered=0)
    if failed:
        why = (words or "no reason given").splitlines()[0]
        queue = dataclasses.replace(known, asked=asked, error=f"Slurm does not answer ({why}).")
    else:
        jobs, ended = _understood(answer.stdout.splitlines())
        # Slurm soon forgets how a job ended: what it once said is kept.
        alive = {job.id for job in jobs}
        kept = {job: state for job, state in known.ended.items() if job not in alive}
        queue = Queue(asked, asked, tuple(jobs), kept | ended)
    _remember(queue)
    return queue


def _understood(lines: list[str]) -> tuple[list[QueuedJob], dict[str, str]]:
    jobs, ended = [], {}
    launches: dict[Path, Launch] = {}
    for line in lines:
        job, state, started, reason, name = line.split("|", 4)
        prefix, *parts = name.split(".")
        if prefix != JOB_NAME or len(parts) < 3:
            continue
        folder = runs_root() / ".".join(parts[:-2]) / LAUNCHES / parts[-2]
        if folder not in launches:
            if not (folder / "manifest.json").exists():
                continue  # launched with another runs root
            launches[folder] = Launch(folder)
        if state in ENDED:
            if state != "COMPLETED":
                ended[job] = state
            continue
        runs: tuple[str, ...] = ()
        if parts[-1] != "data":
            # A single element is no array to submitit, so its job id has no index.
            with suppress(UserError):  # a damaged manifest, which whoever lists the launches says
                runs = launches[folder].runs_of(int(parts[-1]) + int(job.partition("_")[2] or 0))
        jobs.append(QueuedJob(job, state, reason, _seconds(started), runs))
    return jobs, ended


def _seconds(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:  # N/A
        return None


def _memory() -> Path:
    return runs_root() / f".queue-{os.getuid()}.json"


def _remembered() -> Queue | None:
    try:
        values = json.loads(_memory().read_text())
        jobs = tuple(QueuedJob(**job | {"runs": tuple(job["runs"])}) for job in values.pop("jobs"))
        return Queue(jobs=jobs, **values)
    except (OSError, ValueError, TypeError, KeyError):  # absent, or of another version: asking costs little
        return None


def _remember(queue: Queue) -> None:
    try:
        write_json(_memory(), dataclasses.asdict(queue))
    except (OSError, UserError):  # somebody else's folder, only read here, or a full disk: no reason to show nothing
        return
