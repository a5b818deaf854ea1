"""Who holds a claim: a process of a machine, or a start of a scheduler's job."""

import os
import socket
from pathlib import Path
from typing import Any

JOB_VARIABLE = "XDOMAIN_JOB"  # the job's name where several runs share one job, without Slurm's own variables
START_VARIABLES = CLUSTER, RESTARTS = ("SLURM_CLUSTER_NAME", "SLURM_RESTART_COUNT")


def process_start(pid: int) -> str | None:
    """Tell when a process of this host started (clock ticks since boot), or None if there is none.

    With the pid it names one process for good: pids are used again.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def is_hidden(pid: int) -> bool:
    """Tell whether there is a process of which /proc tells this user nothing: another user's, mounted with hidepid."""
    try:
        Path(f"/proc/{pid}/stat").read_text()
        return False
    except OSError:
        pass
    try:
        os.kill(pid, 0)  # sends nothing
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def machine_id() -> str | None:
    """Name host, boot and pid namespace: only within all three does a pid mean anything. None: they are not known."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{socket.gethostname()} {boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return None


def scheduler_job() -> str | None:
    """Return `<job>` or `<array job>_<index>` under Slurm, else None."""
    if packed := os.environ.get(JOB_VARIABLE):
        return packed
    job, array = os.environ.get("SLURM_JOB_ID"), os.environ.get("SLURM_ARRAY_JOB_ID")
    return f"{array}_{os.environ['SLURM_ARRAY_TASK_ID']}" if array else job


def start_of_job() -> dict[str, Any]:
    """Tell job, cluster and restarts, in which every step and task of one start of a job agrees.

    The cluster, because those that share a disk may number jobs alike.
    """
    return {
        "job": scheduler_job(),
        "cluster": os.environ.get(CLUSTER),
        "restarts": int(os.environ.get(RESTARTS) or 0),
    }
