"""Finds Slurm and munge on this host, or installs them from the distribution."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "sbatch", "srun", "squeue", "sinfo", "scontrol", "scancel", "munged")


class Unavailable(RuntimeError):
    """A program that the cluster tests need is neither there nor installable; says why in one sentence."""


def ensure_slurm() -> None:
    """Make sure that every Slurm program is there (as root: with apt-get install), or raise Unavailable."""
    ensure_programs(PROGRAMS, packages=("slurm-wlm", "munge"))


def ensure_programs(programs: tuple[str, ...], packages: tuple[str, ...]) -> None:
    """Install Debian `packages` unless all `programs` are there. Installed services are not started."""
    if not _missing(programs):
        return
    if os.geteuid() != 0:
        raise Unavailable(f"{_missing(programs)} not found; as root: apt-get install {' '.join(packages)}")
    if not shutil.which("apt-get"):
        raise Unavailable(f"{_missing(programs)} not found, and this host has no apt-get to install them")
    with _one_at_a_time(), _services_stay_stopped():
        _apt_get("update", "-qq")
        _apt_get("install", "-y", "-qq", "--no-install-recommends", *packages)
    if _missing(programs):
        raise Unavailable(f"{_missing(programs)} still not found after apt-get install {' '.join(packages)}")


def _missing(programs: tuple[str, ...]) -> str:
    """The programs that are not on the PATH (with the sbin folders), comma-separated; "" when all are."""
    path = search_path()
    return ", ".join(program for program in programs if not shutil.which(program, path=path))


def search_path() -> str:
    """PATH with the sbin folders, where daemons live and which ordinary users' PATH leaves out."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def _apt_get(*arguments: str) -> None:
    # Another package manager may be at work: wait for it instead of failing.
    argv = ["apt-get", "-o", "DPkg::Lock::Timeout=300", *arguments]
    done = subprocess.run(argv, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, capture_output=True, text=True)
    if done.returncode != 0:
        raise Unavailable(f"{' '.join(argv)} failed: {done.stderr.strip()[-500:]}")


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Parallel test processes install one after the other (apt-get update has no lock that waits)."""
    with open(Path(tempfile.gettempdir()) / "xdomain-apt.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _services_stay_stopped() -> Iterator[None]:
    """Debian starts what it installs; a policy-rc.d that exits with 101 forbids it for the time being."""
    policy = Path("/usr/sbin/policy-rc.d")
    if policy.exists():  # the host has a policy of its own: not ours to change
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink(missing_ok=True)
