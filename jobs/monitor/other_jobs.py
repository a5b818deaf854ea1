"""Jobs on Slurm that carry no runs, and how they stand: tables, and the steps that find divers and make domains."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from jobs.cluster.batch import REQUEUE_MARK
from jobs.monitor.launches import SCRIPT
from jobs.monitor.slurm_queue import Queue, QueuedJob
from jobs.records.manifest import LAUNCHES
from jobs.state.state import FAILED, FINISHED, IN_FLIGHT, QUEUED, RUNNING
from xdomain.core.roots import runs_root

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
    def is_in_flight(self) -> bool:
        """Whether it waits or runs."""
        return self.state in IN_FLIGHT


@dataclass(frozen=True)
class Script:
    """The batch script of such a job, among submitit's files."""

    path: Path

    @property
    def job(self) -> str:
        """Its id."""
        return self.path.name.removesuffix(SCRIPT)

    @property
    def study(self) -> str:
        """The study's folder below the runs root."""
        return self.path.parents[2].name

    @cached_property
    def step(self) -> str | None:
        """What the job does, such as tables; None if the script is of another kind."""
        name = re.search(r"^#SBATCH --job-name=.*\.(\w+)$", self.path.read_text(), re.MULTILINE)
        return name[1] if name else None

    def log_of(self, task: str) -> Path:
        """Tell where the output of a task goes."""
        return self.path.with_name(f"{task}_0_log.out")

    def open_tasks(self) -> list[str]:
        """List the ids of its tasks that have not come to a good end, as the last lines of their logs say."""
        names = re.compile(rf"({self.job}(?:_\d+)?)_submitted\.pkl")
        tasks = [match[1] for path in self.path.parent.iterdir() if (match := names.fullmatch(path.name))]
        return [task for task in sorted(tasks) if GOOD_END not in _end_of(self.log_of(task))]


def _end_of(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def last_scripts(study: str | None) -> list[Script]:
    """Find the script of the last job of each step of each study, in order of submission; `study` names one only."""
    last: dict[tuple[str, str], Script] = {}
    for path in runs_root().glob(f"{study or '*'}/{LAUNCHES}/*/*{SCRIPT}"):
        script = Script(path)
        if not script.job.isdigit() or script.step is None:
            continue
        key = (script.study, script.step)
        if key not in last or int(last[key].job) < int(script.job):
            last[key] = script
    return sorted(last.values(), key=lambda script: int(script.job))


def standing(script: Script, queue: Queue | None) -> OtherJob:
    """Tell how the job of a script stands, from its logs first."""

    def job(state: str, reason: str = "") -> OtherJob:
        return OtherJob(script.study, script.step or "", script.job, state, reason)

    tasks = script.open_tasks()
    if not tasks:
        return job(FINISHED)
    waiting = [task for task in queue.jobs if task.id.partition("_")[0] == script.job] if queue else []
    if waiting:
        return job(*_in_queue(waiting))
    if queue is None or queue.seen < script.path.stat().st_mtime:
        return job(UNKNOWN)
    folder = script.path.parent
    word = next((queue.ended[task] for task in tasks if task in queue.ended), "ended without a result")
    if any((folder / f"{REQUEUE_MARK}{task}").exists() for task in tasks):
        word += ", stranded: it asked for another start, and Slurm has no job for it"
    return job(FAILED, f"{word}; log: {script.log_of(tasks[0])}")


def _in_queue(tasks: list[QueuedJob]) -> tuple[str, str]:
    running = sum(task.state != "PENDING" for task in tasks)
    if running:
        return RUNNING, f"{running} of {len(tasks)} tasks" if len(tasks) > 1 else ""
    return QUEUED, tasks[0].reason if tasks[0].reason != "None" else ""
