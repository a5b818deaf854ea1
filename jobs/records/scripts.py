"""Read the tasks of a launch off its batch scripts: of one that was cut off, or that wrote down no tasks."""

import re
from pathlib import Path

from jobs.records.manifest import MANIFEST
from jobs.records.task import RUNS, SubmittedTask, logs_of

SCRIPT = "_submission.sh"  # after a job's id, the name of its batch script


def scripted_tasks(launch: Path) -> tuple[SubmittedTask, ...]:
    """Read the tasks of the launch in this folder, in the order of submission.

    A job's name ends with its first array element, or with what it does. A follow-up job has a script of its own.

    Raises:
        UserError: the launch's manifest is damaged.
    """
    scripts = [script for script in logs_of(launch).glob(f"*{SCRIPT}") if _job(script).isdigit()]
    carried = _carried(launch) if scripts else []
    tasks: list[SubmittedTask] = []
    for script in sorted(scripts, key=lambda script: int(_job(script))):
        name = re.search(r"^#SBATCH --job-name=(.*\.(\w+))$", script.read_text(), re.MULTILINE)
        if name is None:
            continue
        for task, index in _tasks(script):
            place = int(name[2]) + index if name[2].isdigit() else None
            runs = carried[place] if place is not None and place < len(carried) else ()
            step = name[2] if place is None else RUNS
            tasks.append(SubmittedTask(launch, task, name[1], step, runs, script.stat().st_mtime))
    return tuple(tasks)


def _job(script: Path) -> str:
    return script.name.removesuffix(SCRIPT)


def _carried(launch: Path) -> list[tuple[str, ...]]:
    """List the ids of the runs that each element of a launch with a manifest carries."""
    from xdomain.schema.launch import Manifest

    if not (launch / MANIFEST).exists():
        return []
    manifest = Manifest.read(launch / MANIFEST)
    return [tuple(manifest.runs[index].id for index in element) for element in manifest.elements]


def _tasks(script: Path) -> list[tuple[str, int]]:
    """List the tasks of a job with their indices; submitit keeps a pickle of each."""
    name = re.compile(rf"({_job(script)}(?:_(\d+))?)_submitted\.pkl")
    found = [match for file in script.parent.iterdir() if (match := name.fullmatch(file.name))]
    return sorted(((match[1], int(match[2] or 0)) for match in found), key=lambda task: task[1])
