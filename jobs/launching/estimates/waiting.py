"""What Slurm says of the queue before anything is submitted: who waits there, and when a run could start."""

import re
import subprocess

from jobs.backends.slurm_command import run_slurm
from jobs.cluster.profile import Profile

PATIENCE = 20.0  # seconds


def waiting_sentence(profile: Profile) -> str:
    """Say how many jobs wait in the profile's partition and when Slurm would start one run; empty if it says nothing.

    The one is counted, the other a test by Slurm (`sbatch --test-only`), which submits nothing.
    """
    partition = [f"--partition={profile.partition}"] if profile.partition else []
    queue = _asked(["squeue", "--states=PENDING", "--array", "--noheader", "--format=%i", *partition])
    start = _asked(["sbatch", "--test-only", "--wrap=true", *_resources(profile)])
    said = []
    if queue:
        waiting = len(queue.stdout.split())
        where = f"in the partition {profile.partition}" if profile.partition else "in Slurm's queue"
        said.append(f"{waiting or 'no'} {'job waits' if waiting == 1 else 'jobs wait'} {where}")
    if start and (found := re.search(r"to start at (\S+)", start.stdout + start.stderr)):
        said.append(f"a first run could start at {found[1].replace('T', ' ')}")
    return f"{' and '.join(said)}, says Slurm now." if said else ""


def _resources(profile: Profile) -> list[str]:
    """Write what a run's job asks for as one task: Slurm's answer for a job that asks for less would be another."""
    words = [f"--time={profile.minutes}", f"--mem={profile.memory}", f"--cpus-per-task={profile.cpus}"]
    names = ("partition", "account", "qos", "constraint", "exclude", "gres")
    words += [f"--{name}={value}" for name in names if (value := getattr(profile, name))]
    return [*words, *(f"--{name}" if value is True else f"--{name}={value}" for name, value in profile.sbatch.items())]


def _asked(words: list[str]) -> subprocess.CompletedProcess[str] | None:
    """Return what a command of Slurm's prints; None where it is not there or refuses."""
    try:
        done = run_slurm(words, PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done
