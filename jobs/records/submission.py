"""Write and read what a launch has submitted to Slurm: every job, and the runs that each of its tasks carries."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.records.scripts import scripted_tasks
from jobs.records.task import SubmittedTask
from xdomain.core.files import write_json

if TYPE_CHECKING:
    from xdomain.schema.launch import SubmittedJob

SUBMISSION = "submission.json"  # beside the manifest
TASK = re.compile(r"[0-9]+(_[0-9]+)?")
FOLLOW_UP = "follow-up."  # + the id of a task, in the logs folder: a file with the id of the one that it goes on for


@dataclass(frozen=True)
class Submitted:
    """What a launch has on Slurm; nothing where it was launched on one machine."""

    tasks: tuple[SubmittedTask, ...] = ()  # in the order of submission, follow-up jobs last
    since: float | None = None  # when Slurm had taken all of them; None for a launch that was cut off


def job_record(job: str, name: str, step: str, tasks: list[list[str]]) -> "SubmittedJob":
    """Describe a job: its id, its name in Slurm's queue, what it does, and the ids of the runs of each task."""
    from xdomain.schema.launch import SubmittedJob

    return SubmittedJob(id=job, name=name, step=step, tasks=tasks)


def write_submission(folder: Path, jobs: "list[SubmittedJob]", last: list[str], complete: bool = True) -> None:
    """Write the submission.json of a launch; call it after each job, so that a killed launcher leaves none unknown.

    Args:
        folder: of the launch.
        jobs: all that Slurm has taken so far.
        last: the ids of those that others wait for.
        complete: whether no other job is to follow.
    """
    submitted = [job.model_dump() for job in jobs]
    write_json(folder / SUBMISSION, {"jobs": last, "submitted": submitted, "complete": complete})


def read_submitted(folder: Path) -> Submitted:
    """Read what the launch in `folder` has submitted, its follow-up jobs included.

    Raises:
        UserError: its submission.json or manifest is damaged.
    """
    from xdomain.schema.launch import Submission

    file = folder / SUBMISSION
    try:
        at = file.stat().st_mtime
    except FileNotFoundError:
        return Submitted(scripted_tasks(folder))
    submission = Submission.read(file)
    if submission.submitted is None:
        return Submitted(scripted_tasks(folder), at)
    tasks = [
        SubmittedTask(
            folder, f"{job.id}_{index}" if len(job.tasks) > 1 else job.id, job.name, job.step, tuple(runs), at
        )
        for job in submission.submitted
        for index, runs in enumerate(job.tasks)
    ]
    if submission.complete:
        return Submitted(tuple(_with_follow_ups(folder, tasks)), at)
    # The launcher may have been killed after Slurm took a job, and before that was written here.
    known = {task.id: task for task in (*scripted_tasks(folder), *tasks)}
    return Submitted(tuple(_with_follow_ups(folder, list(known.values()))))


def _with_follow_ups(folder: Path, tasks: list[SubmittedTask]) -> list[SubmittedTask]:
    """Add the tasks that the batch script submitted by itself where requeueing is forbidden."""
    known = {task.id: task for task in tasks}
    files = {file.name.removeprefix(FOLLOW_UP): file for file in tasks[0].logs.glob(f"{FOLLOW_UP}*")}
    ids = [task for task in files if TASK.fullmatch(task)]  # a file server may leave others beside them
    for task in sorted(ids, key=lambda task: int(task.partition("_")[0])):
        file = files[task]
        if before := known.get(file.read_text(errors="replace").strip()):
            known[task] = before.followed_by(task, file.stat().st_mtime)
    return list(known.values())
