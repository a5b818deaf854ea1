"""Runs on a Slurm cluster: arrays through submitit, one element a run, and what the queue says of them."""

import os
import re
import shutil
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import submitit

from jobs.backends.names import launch_comment, launch_name
from jobs.backends.slurm_command import run_slurm
from jobs.cluster.batch import python_command, setup, teardown
from jobs.cluster.profile import Profile
from jobs.records.manifest import root_variables
from jobs.records.submission import job_record, write_submission
from jobs.records.task import DATA, RUNS
from jobs.worker.command import CommandTask
from jobs.worker.tasks import RunTask
from xdomain.core.errors import UserError

if TYPE_CHECKING:
    from xdomain.schema.launch import Manifest, SubmittedJob

# What a job would otherwise inherit when the launcher itself runs inside a job.
INHERITED = ("SLURM_", "SBATCH_", "SRUN_", "PMIX_", "PMI_", "SUBMITIT_")
LONGEST_COMMENT = 1000  # characters; Slurm refuses a job with more than 1024


def is_available() -> bool:
    """Tell whether this machine can submit to a Slurm."""
    return shutil.which("sbatch") is not None


def chunks(runs: int, limit: int) -> list[range]:
    """Divide `runs` elements into the arrays that they are submitted as, none longer than the cluster admits."""
    return [range(first, min(first + limit, runs)) for first in range(0, runs, limit)]


def submit(manifest: "Manifest", profile: Profile, with_data: bool, after: str | None = None) -> list[str]:
    """Submit every run of `manifest` and return the array jobs' ids, which submission.json keeps too.

    Args:
        manifest: the launch, already written.
        profile: the cluster and the resources of a run.
        with_data: make the clip sets in a first job, which the runs wait for.
        after: a dependency in Slurm's words, such as afterok:1234.

    Raises:
        UserError: the image is missing, or Slurm refused; carries Slurm's own words.
    """
    python = python_command(profile, [Path(manifest.environment[root]) for root in root_variables()])
    name, comment = launch_name(manifest), launch_comment(manifest)
    jobs: list[SubmittedJob] = []
    ids: list[str] = []

    def record(job: str, step: str, words: str, tasks: list[list[str]], complete: bool) -> str:
        jobs.append(job_record(job, words, step, tasks))
        write_submission(manifest.path.parent, jobs, ids or [job], complete)
        return job

    with scrubbed_environment():
        dependency = after
        if with_data:
            data = executor(
                manifest.logs, f"{name}.data", profile.single, python, gres=None, dependency=after, comment=comment
            )
            command = ("jobs.worker.data", str(manifest.path), str(profile.cpus_per_gpu))
            job = submit_tasks(data, [CommandTask(command, {}, str(manifest.logs), profile.max_attempts)])
            dependency = f"afterok:{record(job, DATA, f'{name}.data', [[]], complete=False)}"
        ranks = manifest.runs[0].train.ranks
        # Chunks share the throttle by following each other, in as many lines as it has room for.
        lines = max(1, profile.throttle // profile.array_limit)
        for chunk in chunks(len(manifest.elements), profile.array_limit):
            # Whatever became of the chunk before; but not without the data, or what the launch waits for.
            before = [f"afterany:{ids[-lines]}"] if len(ids) >= lines else []
            waits = ",".join(filter(None, (dependency, *before)))
            words = f"{name}.{chunk.start}"
            array = executor(manifest.logs, words, profile, python, profile.gres, waits, ranks, comment)
            elements = [manifest.elements[element] for element in chunk]
            try:
                ids.append(submit_tasks(array, [RunTask(str(manifest.path), indices) for indices in elements]))
            except UserError as error:
                if not ids:
                    raise
                raise UserError(
                    f"{error} Slurm took the first {elements[0][0]} of {len(manifest.runs)} runs: the same command "
                    "launches the others."
                ) from error
            carried = [[manifest.runs[index].id for index in indices] for indices in elements]
            record(ids[-1], RUNS, words, carried, complete=chunk.stop == len(manifest.elements))
        return ids


def executor(
    folder: Path,
    name: str,
    profile: Profile,
    python: str | None,
    gres: str | None,
    dependency: str | None,
    ranks: int = 1,
    comment: str = "",
) -> submitit.SlurmExecutor:
    """Make what submits tasks of `ranks` processes under `name` with the settings of `profile`, with logs in `folder`.

    `comment` is shown in the queue.

    Raises:
        UserError: a value would break a line of the batch script, or the folder's name is a pattern to submitit.
    """
    for value in (name, str(folder), python, gres, dependency, comment, *setup(profile, folder)):
        if value and not value.isprintable():
            raise UserError(f"{value!r} has a line break or control character: it cannot stand in a batch script.")
    if re.search(r"%[jtAa]|\\", str(folder)):
        raise UserError(f"{folder}: %j, %t, %A, %a and \\ have a meaning in names of logs. Set XDOMAIN_RUNS elsewhere.")
    slurm_executor = submitit.SlurmExecutor(folder, python=python)
    optional = {
        **{name: getattr(profile, name) for name in ("partition", "account", "qos", "constraint", "exclude")},
        "gres": gres,
        "dependency": dependency,
    }
    slurm_executor.update_parameters(
        job_name=name,
        time=profile.minutes,
        mem=profile.memory,
        nodes=1,
        ntasks_per_node=ranks,
        cpus_per_task=profile.cpus_per_gpu,
        array_parallelism=profile.throttle,
        signal_delay_s=profile.signal_seconds,
        stderr_to_stdout=True,
        setup=setup(profile, folder),
        teardown=teardown(folder),
        # srun no longer takes the number over from sbatch (Slurm 22.05 and later).
        srun_args=[f"--cpus-per-task={profile.cpus_per_gpu}", "--kill-on-bad-exit=1"],
        # Where the data job fails, its runs leave the queue instead of waiting for ever.
        additional_parameters={
            "kill-on-invalid-dep": "yes",
            **({"comment": textwrap.shorten(comment, LONGEST_COMMENT, placeholder=" ...")} if comment else {}),
            **profile.sbatch,
        },
        wckey=None,  # submitit's default is refused where accounting is strict
        **{name: value for name, value in optional.items() if value},
    )
    return slurm_executor


def submit_tasks(slurm_executor: submitit.SlurmExecutor, tasks: Sequence[Callable[[], None]]) -> str:
    """Submit tasks as one array and return its job id.

    Raises:
        UserError: Slurm refused; carries its own words.
    """
    _escape_percents(slurm_executor, len(tasks))
    try:
        with slurm_executor.batch():
            jobs = [slurm_executor.submit(task) for task in tasks]
    except submitit.core.utils.FailedJobError as error:
        largest = _largest_array()
        if largest is not None and len(tasks) > largest:
            raise UserError(
                f"Slurm refused an array of {len(tasks)} jobs: this cluster's MaxArraySize is {largest}. Write "
                f"array_limit = {largest} in the profile."
            ) from error
        advice = "Check the profile (--profile)."
        if "MaxSubmitJob" in str(error):
            advice = "Your account may have no more jobs at once: lower array_limit, raise pack, or launch fewer runs."
        raise UserError(f"Slurm refused the job: {str(error).strip()}. {advice}") from error
    return jobs[0].job_id.partition("_")[0]


def _escape_percents(slurm_executor: submitit.SlurmExecutor, tasks: int) -> None:
    """Have Slurm take a % in the folder's name for a %: it reads the names of logs as patterns."""
    if "%" not in str(slurm_executor.folder):
        return
    log = str(slurm_executor.folder).replace("%", "%%") + ("/%A_%a" if tasks > 1 else "/%j")
    parameters = slurm_executor.parameters
    slurm_executor.update_parameters(
        additional_parameters={**parameters["additional_parameters"], "output": f"{log}_0_log.out"},
        srun_args=[*parameters["srun_args"], f"--output={log}_%t_log.out"],  # the last one counts
    )


def _largest_array() -> int | None:
    """Tell how many elements an array of this cluster may have; None if it does not say."""
    answer = run_slurm(["scontrol", "show", "config"])
    match = re.search(r"^MaxArraySize\s*= (\d+)", answer.stdout, re.MULTILINE)
    return max(1, int(match[1])) if match else None  # the highest index is one less


@contextmanager
def scrubbed_environment() -> Iterator[None]:
    """Run the block without the variables that a job around this launcher has left behind."""
    inherited = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(INHERITED)}
    inherited_conf = inherited.get("SLURM_CONF")
    if inherited_conf:
        os.environ["SLURM_CONF"] = inherited_conf  # says which Slurm there is, not what job this is
    try:
        yield
    finally:
        os.environ.update(inherited)
