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
    words = [f"--time={profile.minutes}", f"--mem={profile.memory}", f"--cpus-per-task={profile.cpus_per_gpu}"]
    words += [f"--gres={profile.gres}"] if profile.gres else []
    others = ("account", "qos", "constraint")
    words += [f"--{name}={value}" for name in others if (value := getattr(profile, name))]
    start = _asked(["sbatch", "--test-only", "--wrap=true", *partition, *words])
    said = []
    if queue is not None:
        where = f"in the partition {profile.partition}" if profile.partition else "in Slurm's queue"
        said.append(f"{len(queue.split()) or 'no'} jobs wait {where}")
    if start and (found := re.search(r"to start at (\S+)", start)):
        said.append(f"a first run could start at {found[1].replace('T', ' ')}")
    return f"{' and '.join(said)}, says Slurm now." if said else ""


def _asked(words: list[str]) -> str | None:
    """Return what a command of Slurm's prints; None where it is not there or refuses."""
    try:
        done = run_slurm(words, PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout + done.stderr
