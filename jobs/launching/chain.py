"""Jobs that wait for jobs: data → runs → tables. Slurm only orders them; every step checks the files itself."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.backends import slurm
from jobs.backends.names import step_comment, step_name
from jobs.cluster.batch import python_command
from jobs.cluster.profile import Profile
from jobs.monitor.notice import NOTICE
from jobs.monitor.slurm_queue import ask, expire
from jobs.records.manifest import LAUNCHES, in_launches, make_private, root_variables, stamp
from jobs.records.submission import SUBMISSION, job_record, write_submission
from xdomain.core.errors import UserError
from xdomain.core.names import did_you_mean
from xdomain.core.output import say
from xdomain.core.roots import runs_root

MODES = ("afterok", "afterany")
TABLES = "tables"  # the step that makes them

if TYPE_CHECKING:
    from xdomain.schema.launch import Submission


def dependency(after: str, study: str | None = None) -> str:
    """Return Slurm's dependency for MODE:LAUNCH, such as afterany:1234:1235.

    Of a `study`, "last" is its last launch, together with whatever runs an earlier one still has in the queue.

    Raises:
        UserError: not of that form, no such launch, or its submission.json is damaged.
    """
    from xdomain.schema.launch import Submission

    mode, _, launch = after.partition(":")
    if mode not in MODES or not launch:
        raise UserError(
            f"--after {after}: give {' or '.join(MODES)}, a colon, and a launch's name, a job id or 'last'."
        )
    if re.fullmatch("[0-9:_]+", launch):  # jobs, or tasks of them
        return f"{mode}:{launch}"
    within = study if launch == "last" else None
    files = [path for path in in_launches(f"*/{SUBMISSION}", within) if launch in ("last", path.parent.name)]
    newest_first = sorted(files, key=lambda path: path.stat().st_mtime_ns, reverse=True)
    submissions = (Submission.read(path) for path in newest_first)
    found = next((known for known in submissions if launch != "last" or _has_work(known)), None)
    if found is None and within:
        others = {path.parts[-4] for path in in_launches(f"*/{SUBMISSION}")} - {within}
        raise UserError(
            f"--after {after}: no launch of {within} below {runs_root()} is on Slurm.{did_you_mean(within, others)} "
            f"Tables of what ran here need no job: python -m analysis tables --study {within}"
        )
    if found is None:
        raise UserError(
            f"--after {after}: there is no such launch on Slurm below {runs_root()}. Their names are the folders in "
            f"{runs_root()}/<study>/{LAUNCHES}/."
        )
    jobs = list(found.jobs)
    if within and (queue := ask()):
        jobs += [job.id.partition("_")[0] for job in queue.jobs if job.study == within and job.runs]
    return ":".join([mode, *dict.fromkeys(jobs)])


def _has_work(submission: "Submission") -> bool:
    """Tell whether the jobs of a launch do more than what comes after runs, which nothing waits for."""
    steps = {job.step for job in submission.submitted or ()}  # none where an earlier version submitted
    return not steps or not steps <= {TABLES, NOTICE}


@dataclass(frozen=True)
class TablesTask:
    """Make a study's tables and figures; ends with 1 if they are incomplete."""

    study: str
    environment: dict[str, str]

    def __call__(self) -> None:
        """Make the tables and figures of the study; fail if one of the commands fails."""
        codes = [
            subprocess.run(
                [sys.executable, "-m", "analysis", what, "--study", self.study, "--strict"],
                env=os.environ | self.environment,
                check=False,
            ).returncode
            for what in ("tables", "figures")
        ]
        if failed := [code if code > 0 else 1 for code in codes if code]:  # below 0: it was killed
            sys.exit(max(failed))  # a task that exits, even with 0, leaves no word of a good end


def submit_tables(study: str, profile: Profile, after: str) -> None:
    """Submit `TablesTask` as a job without a GPU, to start when `after` allows.

    Raises:
        UserError: the image is missing, or Slurm is not there or refused.
    """
    if not slurm.is_available():
        raise UserError("There is no Slurm here (no sbatch). Make the tables with: make tables figures")
    folder = runs_root().absolute() / study / LAUNCHES / f"{stamp()}-tables"
    make_private(folder.parent)
    environment = root_variables()
    python = python_command(profile, [Path(root) for root in environment.values()])
    with slurm.scrubbed_environment():
        name, comment = step_name(study, TABLES), step_comment(study, "tables and figures")
        executor = slurm.executor(folder, name, profile.single, python, None, after, comment=comment)
        job = slurm.submit_tasks(executor, [TablesTask(study, environment)])
        write_submission(folder, [job_record(job, name, TABLES, [[]])], last=[job])
    expire()
    say(f"Submitted the tables and figures of {study} as job {job}{f' ({after})' * bool(after)}. Log: {folder}")
