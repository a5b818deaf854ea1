"""A claim: at most one process works on a run, on any node that shares the file system.

`claim.json` is made with link(2), which is atomic on NFS and Lustre too, and its holder touches it while it lives.
File locks would be shorter, but many clusters mount their file systems without them. A claim is void when
its process is gone (same host), when the same scheduler job has been started anew, or when nobody touched it for
`SILENCE` seconds.
"""

import json
import os
import signal
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

JOB_VARIABLE = "XDOMAIN_JOB"  # the job's name where several runs share one job, without Slurm's own variables
HEARTBEAT = 15.0  # seconds between two touches
SILENCE = 150.0  # seconds without a touch, after which the holder counts as dead


class AlreadyClaimed(Exception):
    """Another live process works on this run."""


def process_start(pid: int) -> str | None:
    """When a process of this host started (clock ticks since boot), or None if there is none.

    With the pid it names one process for good: pids are used again.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def _machine() -> str:
    # Host, boot and pid namespace: only within all three does a pid mean anything.
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{socket.gethostname()} {boot} {os.readlink('/proc/self/ns/pid')}"


def scheduler_job() -> str | None:
    """`<job>` or `<array job>_<index>` under Slurm, else None."""
    if packed := os.environ.get(JOB_VARIABLE):
        return packed
    job, array = os.environ.get("SLURM_JOB_ID"), os.environ.get("SLURM_ARRAY_JOB_ID")
    return f"{array}_{os.environ['SLURM_ARRAY_TASK_ID']}" if array else job


def read_claim(path: Path) -> dict[str, Any] | None:
    """The claim as written, or None when there is none."""
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None


def is_live(path: Path, claim: dict[str, Any]) -> bool:
    """Whether the holder of `claim` is still at work, as far as can be known from this host."""
    if claim["machine"] == _machine():
        return process_start(claim["pid"]) == claim["process_start"]
    if claim["job"] is not None and claim["job"] == scheduler_job():
        return False  # the scheduler starts a job again only once its first start is dead
    try:
        touched = path.stat().st_mtime
    except FileNotFoundError:
        return False
    return _file_system_now(path.parent) - touched < SILENCE


def _file_system_now(folder: Path) -> float:
    # The file server's clock, which also stamps the heartbeats; nodes' own clocks may differ.
    probe = folder / f".now.{uuid.uuid4().hex[:8]}"
    probe.touch()
    try:
        return probe.stat().st_mtime
    finally:
        probe.unlink()


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Hold the claim at `path` while the block runs.

    Raises:
        AlreadyClaimed: a live process holds it.
    """
    token = uuid.uuid4().hex
    ours = {
        "token": token,
        "machine": _machine(),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "process_start": process_start(os.getpid()),
        "job": scheduler_job(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    _acquire(path, ours)
    stop = threading.Event()
    heart = threading.Thread(target=_beat, args=(path, token, stop), daemon=True)
    heart.start()
    try:
        yield
    finally:
        stop.set()
        heart.join()
        if (read_claim(path) or {}).get("token") == token:
            path.unlink()


def _acquire(path: Path, ours: dict[str, Any]) -> None:
    draft = path.with_name(f".{path.name}.{ours['token']}")
    draft.write_text(json.dumps(ours))
    try:
        while True:
            try:
                os.link(draft, path)
                return
            except FileExistsError:
                theirs = read_claim(path)
            if theirs is None:
                continue  # released between the two calls
            if is_live(path, theirs):
                raise AlreadyClaimed(f"{theirs['host']} (process {theirs['pid']}) works on it")
            _evict(path, theirs["token"])
    finally:
        draft.unlink()


def _evict(path: Path, token: str) -> None:
    # Two processes may judge the same claim void; the rename decides, and a wrong catch is put back.
    caught = path.with_name(f".{path.name}.void.{uuid.uuid4().hex[:8]}")
    try:
        path.rename(caught)
    except FileNotFoundError:
        return
    if json.loads(caught.read_text())["token"] != token:
        os.link(caught, path)
    caught.unlink()


def _beat(path: Path, token: str, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT):
        if (read_claim(path) or {}).get("token") != token:
            # This process was taken for dead (suspended, or cut off from the file system): two must not write.
            os.kill(os.getpid(), signal.SIGKILL)
        os.utime(path)
