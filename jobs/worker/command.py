"""A command inside a job: a step of a chain, or what makes the data of a launch's runs."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from jobs.cluster.batch import REQUEUE_MARK
from jobs.records.submission import FOLLOW_UP
from jobs.worker.single import STOPPED
from xdomain.core.claims.holder import RESTARTS, scheduler_job
from xdomain.core.interruption import asked_by, watch
from xdomain.core.output import accept_any_text

POLL = 0.5  # seconds
GRACE = 60.0  # seconds in which a command that was asked to stop may leave


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
        if self._starts() < self.max_attempts:
            (Path(self.logs) / f"{REQUEUE_MARK}{scheduler_job()}").touch()

    def _starts(self) -> int:
        """Count the starts so far, with those of the jobs that this one goes on for where requeueing is forbidden."""
        job, starts = scheduler_job(), int(os.environ.get(RESTARTS) or 0) + 1
        while (before := Path(self.logs) / f"{FOLLOW_UP}{job}").exists():
            job, starts = before.read_text().strip(), starts + 1
        return starts
