"""Ask what Slurm's queue holds of our runs. One question answers all; its answer is shared for a minute."""

import dataclasses
import json
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jobs.backends.slurm import is_available
from jobs.backends.slurm_command import ENDED, run_slurm
from jobs.records.manifest import in_launches
from jobs.records.submission import SUBMISSION, read_submitted
from jobs.records.task import SubmittedTask
from xdomain.core.errors import UserError
from xdomain.core.files import write_json
from xdomain.core.roots import runs_root
from xdomain.runs.attempt_record import REQUEUED, attempts_of
from xdomain.runs.run_folder import RunFolder

SHARED = 60.0  # seconds for which an answer is used again


@dataclass(frozen=True)
class QueuedJob:
    """An array element, or a job that is no array, in the queue."""

    id: str
    state: str  # PENDING, RUNNING, COMPLETING, ...
    reason: str  # why it waits, in Slurm's words; None is one of them
    started: float | None  # seconds since 1970
    runs: tuple[str, ...] = ()  # their ids; several where it is packed
    study: str = ""
    launch: str = ""  # the launch's name
    step: str = ""  # what it does: runs, data, tables, a step of the segmentation


@dataclass(frozen=True)
class Queue:
    """An answer of Slurm's."""

    asked: float  # when it was last tried
    answered: float  # when what follows was true
    seen: float = 0.0  # the same by the file server's clock, which also dates launches and records
    jobs: tuple[QueuedJob, ...] = ()
    ended: dict[str, str] = dataclasses.field(default_factory=dict)  # job id -> how it ended, unless well
    error: str = ""  # why the last try had no answer

    def runs(self) -> set[str]:
        """Collect the ids of the runs that will be started, or are being started, by a job in the queue.

        A run that came to its end is none of them, though its job still has siblings to carry or to clean up.
        """
        return {run for job in self.jobs for run in job.runs if self._will_start(job, run)}

    def _will_start(self, job: QueuedJob, run: str) -> bool:
        folder = RunFolder(runs_root() / run)
        try:
            attempts = attempts_of(folder)
        except (UserError, OSError):  # which its state says
            return False
        if attempts and attempts[-1].then == REQUEUED:
            return True
        own = [attempt for attempt in attempts if attempt.job == job.id]
        if not own:
            return True
        if job.state == "PENDING":  # it waits for its next start, unless that came after the answer
            return folder.attempts_file.stat().st_mtime < self.seen
        return job.started is None or own[-1].latest < job.started


def ask() -> Queue | None:
    """Ask Slurm now, and keep the answer for others; None where there is no Slurm, and with `error` if it is silent."""
    return _ask(_remembered()) if is_available() else None


def recent() -> Queue | None:
    """Return Slurm's answer of the last minute, else ask it now; None where there is no Slurm.

    If it does not answer, this is the last answer with its `error`, which is also not asked for again for a minute.
    """
    if not is_available():
        return None
    last = _remembered()
    launches = (path.stat().st_mtime for path in in_launches(f"*/{SUBMISSION}"))
    # Another process may be asking at this moment: what counts is whether the answer knows the last launch.
    if last and time.time() - last.asked < SHARED and (last.error or last.seen > max(launches, default=0)):
        return last
    return _ask(last)


def expire(cancelled: Iterable[str] = ()) -> None:
    """Ask anew next time; and remember what Slurm forgets at once, jobs that were cancelled before they started."""
    last = _remembered() or Queue(0, 0)
    _remember(dataclasses.replace(last, asked=0, ended=last.ended | dict.fromkeys(cancelled, "CANCELLED")))


def _ask(last: Queue | None) -> Queue:
    command = ["squeue", "--me", "--array", "--states=all", "--noheader", "--format=%i|%T|%S|%r|%j"]
    asked = time.time()
    last = last or Queue(asked, answered=0)
    seen = _remember(dataclasses.replace(last, asked=asked))  # who looks meanwhile makes do with the last answer
    try:
        answer = run_slurm(command)
        failed, words = answer.returncode, answer.stderr.strip()
    except FileNotFoundError:
        failed, words = 1, "there is no squeue here"
    if failed:
        why = (words or "no reason given").splitlines()[0]
        queue = dataclasses.replace(last, asked=asked, error=f"Slurm does not answer ({why}).")
    else:
        jobs, ended = _understood(answer.stdout.splitlines())
        # Slurm soon forgets how a job ended: what it once said is kept.
        alive = {job.id for job in jobs}
        remembered = {job: state for job, state in last.ended.items() if job not in alive}
        queue = Queue(asked, asked, seen, tuple(jobs), remembered | ended)
    _remember(queue)
    return queue


def _understood(lines: list[str]) -> tuple[list[QueuedJob], dict[str, str]]:
    jobs, ended = [], {}
    # Numbers begin again on another cluster, or when Slurm's database is new: the name belongs to one launch.
    tasks = {(task.id, task.name): task for task in submitted_tasks()} if lines else {}
    for line in lines:
        id_, state, started, reason, name = line.split("|", 4)
        task = tasks.get((id_, name))
        if task is None:
            continue  # of others, or launched with another runs root
        if state not in ENDED:
            launch = {"study": task.study, "launch": task.launch.name, "step": task.step}
            jobs.append(QueuedJob(id_, state, reason, _seconds(started), task.runs, **launch))
        elif state != "COMPLETED":
            ended[id_] = state
    return jobs, ended


def submitted_tasks(study: str | None = None) -> list[SubmittedTask]:
    """List the tasks that launches below the runs root have submitted; `study` names one only.

    Launches that cannot be read are left out: whoever lists the launches says so.
    """
    tasks: list[SubmittedTask] = []
    for folder in in_launches("*/", study):
        with suppress(UserError, OSError):
            tasks += read_submitted(folder).tasks
    return tasks


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


def _remember(queue: Queue) -> float:
    """Keep an answer; returns when that was, by the file server's clock."""
    try:
        write_json(_memory(), dataclasses.asdict(queue))
        return _memory().stat().st_mtime
    except (OSError, UserError):  # another user's folder, only read here, or a full disk: no reason to show nothing
        return time.time()
