"""Finds and kills every process of one private Slurm: daemons, job steps, jobs and what those started."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

# Set in the environment of the daemons, and so of their slurmstepds: "FOLDER NAME", such as "/x/y node1".
MARK = "XDOMAIN_SLURM_HOST"


def kill_all(find: Callable[[], set[int]], timeout: float = 10) -> None:
    """SIGKILL what `find` finds, whole families at once: stopped first, so that none forks meanwhile."""
    pids: set[int] = set()
    while new := find() - pids:
        _signal_all(new, signal.SIGSTOP)
        pids |= new
    _signal_all(pids, signal.SIGKILL)
    deadline = time.monotonic() + timeout
    while alive := pids & _parents().keys():
        if time.monotonic() > deadline:
            raise RuntimeError(f"processes {sorted(alive)} survive SIGKILL")
        time.sleep(0.02)


def _signal_all(pids: set[int], how: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)


def processes_of(folder: Path, node: str = "") -> set[int]:
    """The live processes of the cluster in `folder`, or of one node of it, with all their descendants.

    Daemons and slurmstepds carry our mark in their environment, jobs carry SLURM_CONF and their node's
    name. Descendants count too, since a job may start programs with a cleaned environment.
    """
    mark = f"{MARK}={folder} {node}".encode()
    in_job = [f"SLURM_CONF={folder}/slurm.conf".encode(), f"SLURMD_NODENAME={node}".encode()]

    def belongs(pid: int) -> bool:
        with contextlib.suppress(OSError):
            variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            if node:
                return mark in variables or all(variable in variables for variable in in_job)
            return any(v.startswith(mark) for v in variables) or (
                in_job[0] in variables and any(v.startswith(in_job[1]) for v in variables)
            )
        return False  # it ended, or it is another user's

    parents = _parents()
    found = {pid for pid in parents if belongs(pid)}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


def _parents() -> dict[int, int]:
    """Every live process -> its parent. Zombies are not alive."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # "pid (name) state parent ...", and the name may hold anything, brackets too
            state, parent = stat.read_text(errors="replace").rpartition(")")[2].split()[:2]
            if state not in "ZX":
                parents[int(stat.parent.name)] = int(parent)
    return parents
