"""Jobs on Slurm that carry no runs, and how they stand: tables, and the steps that find divers and make domains."""

from dataclasses import dataclass
from pathlib import Path

from jobs.cluster.batch import REQUEUE_MARK
from jobs.monitor.slurm_queue import Queue, QueuedJob, submitted_tasks
from jobs.records.task import RUNS, SubmittedTask
from jobs.state.state import FAILED, FINISHED, IN_FLIGHT, QUEUED, RUNNING

GOOD_END = "Exiting after successful completion"  # submitit's words
TAIL = 2000  # bytes of a log in which they are
UNKNOWN = "unknown"  # Slurm has not answered since the job was submitted


@dataclass(frozen=True)
class OtherJob:
    """The last job of a study's step; `reason` says why it waits or where to read why it failed."""

    study: str
    step: str
    id: str
    state: str
    reason: str = ""

    @property
    def name(self) -> str:
        """How commands call it, such as segment/infer."""
        return f"{self.study}/{self.step}"

    @property
    def is_in_flight(self) -> bool:
        """Whether it waits or runs."""
        return self.state in IN_FLIGHT


def last_jobs(study: str | None) -> list[list[SubmittedTask]]:
    """List the tasks of the last job of each step of each study, in the order of submission; `study` names one only.

    A task that goes on for another under another id is there in its place.
    """
    last: dict[tuple[str, str], dict[str, SubmittedTask]] = {}
    for task in sorted(submitted_tasks(study), key=lambda task: (task.launch.name, int(task.job))):
        if task.step == RUNS:
            continue
        tasks = last.setdefault((task.study, task.step), {})
        if any(one.launch != task.launch for one in tasks.values()):
            tasks.clear()
        tasks.pop(task.before, None)
        tasks[task.id] = task
    return sorted(([*tasks.values()] for tasks in last.values()), key=lambda tasks: int(tasks[0].job))


def named_tasks(name: str) -> list[SubmittedTask]:
    """List the tasks that a user means by a job's id, a task's, or the name of a step (its last job's); may be none."""
    if "/" in name:
        return next((tasks for tasks in last_jobs(None) if f"{tasks[0].study}/{tasks[0].step}" == name), [])
    return [task for task in submitted_tasks() if name in (task.id, task.job)]


def standing(tasks: list[SubmittedTask], queue: Queue | None) -> OtherJob:
    """Tell how the job of these tasks stands, from its logs first."""
    first = tasks[0]

    def job(state: str, reason: str = "") -> OtherJob:
        return OtherJob(first.study, first.step, first.job, state, reason)

    open_tasks = [task for task in tasks if not has_good_end(task.log)]
    if not open_tasks:
        return job(FINISHED)
    ids = {task.id for task in tasks}
    waiting = [job for job in queue.jobs if job.id in ids] if queue else []
    if waiting:
        return job(*_in_queue(waiting))
    if queue is None or queue.seen < first.at:
        return job(UNKNOWN)
    word = next((queue.ended[task.id] for task in open_tasks if task.id in queue.ended), "ended without a result")
    if any((task.logs / f"{REQUEUE_MARK}{task.id}").exists() for task in open_tasks):
        word += ", stranded: it asked for another start, and Slurm has no job for it"
    return job(FAILED, f"{word}; log: {open_tasks[0].log}")


def has_good_end(log: Path) -> bool:
    """Tell whether the last lines of a task's log say that it came to its end."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL))
            return GOOD_END in file.read().decode(errors="replace")
    except OSError:
        return False


def _in_queue(tasks: list[QueuedJob]) -> tuple[str, str]:
    running = sum(task.state != "PENDING" for task in tasks)
    if running:
        return RUNNING, f"{running} of {len(tasks)} tasks" if len(tasks) > 1 else ""
    return QUEUED, tasks[0].reason if tasks[0].reason != "None" else ""
