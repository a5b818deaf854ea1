"""Commands of the project as links of a chain: each one idempotent, run here one after another or as Slurm jobs.

A run of a study is carried by a manifest; what a data set needs (a segmentation network, masks, domains, pages)
is a command that looks at its own files and does nothing twice.
"""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.backends import slurm
from jobs.backends.local import KEEP_MEMORY
from jobs.backends.names import step_comment, step_name
from jobs.cluster.batch import REQUEUE_MARK, image_digest, python_command
from jobs.cluster.profile import Profile
from jobs.records.manifest import LAUNCHES, make_private, root_variables, stamp
from jobs.records.submission import job_record, write_submission
from jobs.worker.single import STOPPED
from xdomain.core.claims.holder import scheduler_job
from xdomain.core.errors import CommandFailed
from xdomain.core.interruption import asked_by, watch
from xdomain.core.output import accept_any_text, say
from xdomain.core.roots import runs_root

if TYPE_CHECKING:
    from xdomain.schema.launch import SubmittedJob

POLL = 0.5  # seconds
GRACE = 60.0  # seconds in which a command that was asked to stop may leave


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


@dataclass(frozen=True)
class CommandTask:
    """Run a command inside a job. Asked to stop, it asks for another start: the command goes on from its files."""

    words: tuple[str, ...]
    environment: dict[str, str]
    logs: str
    max_attempts: int

    def __call__(self) -> None:
        """Run the command, and exit with its code."""
        accept_any_text()
        watch(signal.SIGUSR2, signal.SIGTERM)
        print("python -m", *self.words, flush=True)
        # Slurm signals every process of a job, and the command would end at once: what is ignored here, it ignores too.
        child = subprocess.Popen(
            [sys.executable, "-m", *self.words],
            env=os.environ | self.environment,
            preexec_fn=lambda: signal.signal(signal.SIGUSR2, signal.SIG_IGN),
        )
        while child.poll() is None and not asked_by():
            time.sleep(POLL)
        if asked_by() and child.returncode != 0:
            child.terminate()
            try:
                child.wait(GRACE)
            except subprocess.TimeoutExpired:
                child.kill()
            self._ask_again()
            sys.exit(STOPPED)
        if child.returncode:
            sys.exit(child.returncode if child.returncode > 0 else 1)

    def _ask_again(self) -> None:
        if int(os.environ.get("SLURM_RESTART_COUNT", "0")) + 1 < self.max_attempts:
            (Path(self.logs) / f"{REQUEUE_MARK}{scheduler_job()}").touch()


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
