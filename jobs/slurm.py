"""Runs on a Slurm cluster: arrays through submitit, one element a run, and what the queue says of them."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import submitit

from jobs.batch import python_command, setup, teardown
from jobs.manifest import LAUNCHES, Manifest
from jobs.profile import Profile
from jobs.tasks import DataTask, RunTask
from xdomain.errors import UserError
from xdomain.roots import runs_root

JOB_NAME = "xdomain"  # job names are xdomain.<study>.<launch>.<first run of the chunk>
# What a job would otherwise inherit when the launcher itself runs inside a job.
INHERITED = ("SLURM_", "SBATCH_", "SRUN_", "PMIX_", "PMI_", "SUBMITIT_")


def is_available() -> bool:
    """Whether this machine can submit to a Slurm."""
    return shutil.which("sbatch") is not None


def chunks(runs: int, limit: int) -> list[range]:
    """The arrays that `runs` elements are submitted as, none longer than the cluster admits."""
    return [range(first, min(first + limit, runs)) for first in range(0, runs, limit)]


def submit(manifest: Manifest, profile: Profile, with_data: bool, after: str | None = None) -> list[str]:
    """Submit every run of `manifest` and return the array jobs' ids.

    Args:
        with_data: make the clip sets in a first job, which the runs wait for.
        after: a dependency in Slurm's words, such as afterok:1234.

    Raises:
        UserError: the image is missing, or Slurm refused; carries Slurm's own words.
    """
    roots = [manifest.environment[f"XDOMAIN_{name}"] for name in ("DATA", "RUNS", "RESULTS")]
    for root in roots:
        os.makedirs(root, exist_ok=True)
    python = python_command(profile, roots)
    with scrubbed_environment():
        dependency = after
        if with_data:
            data = _executor(manifest, profile, python, "data", gres=None, dependency=after)
            dependency = f"afterok:{_submit(data, [DataTask(str(manifest.path), profile.cpus)])[0].job_id}"
        ids: list[str] = []
        for chunk in chunks(len(manifest.elements), profile.array_limit):
            # Chunks share the throttle by following each other.
            executor = _executor(manifest, profile, python, str(chunk.start), profile.gres, dependency)
            jobs = _submit(executor, [RunTask(str(manifest.path), manifest.elements[e]) for e in chunk])
            ids.append(jobs[0].job_id.partition("_")[0])
            dependency = f"afterany:{ids[-1]}"
        return ids


def _executor(
    manifest: Manifest,
    profile: Profile,
    python: str | None,
    part: str,
    gres: str | None,
    dependency: str | None = None,
) -> submitit.SlurmExecutor:
    executor = submitit.SlurmExecutor(manifest.logs, python=python)
    optional = {
        "partition": profile.partition,
        "account": profile.account,
        "gres": gres,
        "dependency": dependency,
    }
    executor.update_parameters(
        job_name=f"{JOB_NAME}.{manifest.runs[0].study_key}.{manifest.stamp}.{part}",
        time=profile.minutes,
        mem=profile.memory,
        nodes=1,
        ntasks_per_node=1,
        cpus_per_task=profile.cpus,
        array_parallelism=profile.throttle,
        signal_delay_s=profile.signal_seconds,
        stderr_to_stdout=True,
        setup=setup(profile),
        teardown=teardown(manifest.logs),
        # srun no longer takes the number over from sbatch (Slurm 22.05 and later).
        srun_args=[f"--cpus-per-task={profile.cpus}", "--kill-on-bad-exit=1"],
        # Where the data job fails, its runs leave the queue instead of waiting for ever.
        additional_parameters={"kill-on-invalid-dep": "yes"},
        wckey=None,  # submitit's default is refused where accounting is strict
        **{name: value for name, value in optional.items() if value},
    )
    return executor


def _submit(executor: submitit.SlurmExecutor, tasks: list) -> list[submitit.Job[None]]:
    try:
        with executor.batch():
            return [executor.submit(task) for task in tasks]
    except submitit.core.utils.FailedJobError as error:
        raise UserError(f"Slurm refused the job: {str(error).strip()}. Check the profile (--profile).") from error


@contextmanager
def scrubbed_environment() -> Iterator[None]:
    """Without the variables that a job around this launcher has left behind."""
    inherited = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(INHERITED)}
    inherited_conf = inherited.get("SLURM_CONF")
    if inherited_conf:
        os.environ["SLURM_CONF"] = inherited_conf  # says which Slurm there is, not what job this is
    try:
        yield
    finally:
        os.environ.update(inherited)


def queued_runs() -> set[str]:
    """The ids of all runs that the queue holds, pending or running; one query for all launches.

    Raises:
        UserError: Slurm does not answer.
    """
    command = ["squeue", "--me", "--array", "--noheader", "--format=%i|%j"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        why = (answer.stderr.strip() or "no reason given").splitlines()[0]
        raise UserError(f"Slurm does not answer ({why}). Try again when `squeue` works.")
    manifests: dict[Path, Manifest] = {}
    ids = set()
    for line in answer.stdout.splitlines():
        job, _, name = line.partition("|")
        prefix, *parts = name.split(".")
        if prefix != JOB_NAME or len(parts) < 3 or parts[-1] == "data":
            continue
        path = runs_root() / ".".join(parts[:-2]) / LAUNCHES / parts[-2] / "manifest.json"
        if path not in manifests:
            if not path.exists():
                continue  # launched with another runs root
            manifests[path] = Manifest.read(path)
        manifest = manifests[path]
        # A single element is no array to submitit, so its job id has no index.
        element = int(parts[-1]) + int(job.partition("_")[2] or 0)
        ids.update(manifest.runs[index].id for index in manifest.elements[element])
    return ids
