"""Run Slurm's commands so that they answer in the same words whoever asks."""

import os
import subprocess
from collections.abc import Sequence

# Where Slurm reads a user's own defaults: they would hide jobs, ask another cluster, ask before a job is cancelled
# where nobody sees the question, or write times that only people can read.
DEFAULTS = ("SQUEUE_", "SBATCH_", "SACCT_", "SCANCEL_", "SINFO_", "SLURM_CLUSTERS", "SLURM_TIME_FORMAT")
ENDED = {  # states of a job that will not run any more
    *("BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED"),
    *("NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "REVOKED", "TIMEOUT"),
}


def run_slurm(command: Sequence[str], patience: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command of Slurm's without the user's own defaults, and return its exit code and what it printed.

    Raises:
        FileNotFoundError: there is no such command here.
        subprocess.TimeoutExpired: it had not answered after `patience` seconds.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(DEFAULTS)}
    environment["SLURM_TIME_FORMAT"] = "standard"
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=patience)
