"""Commands of the project as links of a chain: each one idempotent, run here one after another or as Slurm jobs.

A run of a study is carried by a manifest; what a data set needs (a segmentation network, masks, domains, pages)
is a command that looks at its own files and does nothing twice.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.backends import slurm
from jobs.backends.local import KEEP_MEMORY
from jobs.backends.names import step_comment, step_name
from jobs.cluster.batch import image_digest, python_command
from jobs.cluster.profile import Profile
from jobs.records.manifest import LAUNCHES, make_private, root_variables, stamp
from jobs.records.submission import job_record, write_submission
from jobs.worker.command import CommandTask
from xdomain.core.errors import CommandFailed
from xdomain.core.output import say
from xdomain.core.roots import runs_root

if TYPE_CHECKING:
    from xdomain.schema.launch import SubmittedJob


@dataclass(frozen=True)
class Step:
    """One link: commands that may run side by side, each the words after `python -m`."""

    name: str
    commands: tuple[tuple[str, ...], ...]
    gpu: bool = False
    why: str = ""  # a line for whoever watches it run

    def describe(self) -> None:
        """Print the commands, one a line."""
        for words in self.commands:
            say(f"{self.name}: python -m {' '.join(words)}")


def run_here(steps: list[Step]) -> None:
    """Run one command after another on this machine, their output on the screen.

    Raises:
        CommandFailed: the first one that failed, with its exit code; those after it are not run.
    """
    for step in steps:
        if step.why:
            say(f"\n{step.why}")
        for words in step.commands:
            say(f"--- {step.name}: python -m {' '.join(words)}")
            sys.stdout.flush()
            # the user's own settings win
            code = subprocess.run([sys.executable, "-m", *words], env=KEEP_MEMORY | os.environ, check=False).returncode
            if code:
                raise CommandFailed(code if code > 0 else 1)


def submit_steps(study: str, steps: list[Step], profile: Profile, after: str | None = None) -> list[str]:
    """Submit each step as an array that waits for the one before to succeed; returns the last one's job ids.

    Raises:
        UserError: the image is missing, or Slurm refused.
    """
    folder = runs_root().absolute() / study / LAUNCHES / f"{stamp()}-{steps[-1].name}"
    make_private(folder.parent)
    environment = root_variables()
    python = python_command(profile, [Path(root) for root in environment.values()])
    if digest := image_digest(profile):
        environment["XDOMAIN_IMAGE_DIGEST"] = digest
    single = profile.single
    jobs: list[SubmittedJob] = []
    with slurm.scrubbed_environment():
        for step in steps:
            name = step_name(study, step.name)
            comment = step_comment(study, f"python -m {' '.join(step.commands[0])}")
            gres = single.gres if step.gpu else None
            executor = slurm.executor(folder, name, single, python, gres, after, comment=comment)
            tasks = [CommandTask(words, environment, str(folder), profile.max_attempts) for words in step.commands]
            job = slurm.submit_tasks(executor, tasks)
            jobs.append(job_record(job, name, step.name, [[] for _ in tasks]))
            write_submission(folder, jobs, last=[job], complete=step is steps[-1])
            after = f"afterok:{job}"
            say(f"Submitted {step.name} as job {job}, {len(tasks)} task{'s' * (len(tasks) > 1)}. Logs: {folder}")
    return [jobs[-1].id]
