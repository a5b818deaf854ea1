"""A claim: at most one process works on a run, on any node that shares the file system.

`claim.json` is made with link(2), which is atomic on NFS and Lustre too, and its holder touches it while it lives.
File locks would be shorter, but many clusters mount their file systems without them. A claim is void when
its process is gone (same host), when the same scheduler job has been started anew, or when nobody touched it for
`SILENCE` seconds.

A void claim is inherited, never removed: whoever first links `.heir.<its token>` is its only heir and may replace it.
An heir that dies on the way has an heir of its own.
"""

import json
import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

JOB_VARIABLE = "XDOMAIN_JOB"  # the job's name where several runs share one job, without Slurm's own variables
HEARTBEAT = 15.0  # seconds between two touches
SILENCE = 150.0  # seconds without a touch, after which the holder counts as dead

Claim = dict[str, Any]


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


def read_claim(path: Path) -> Claim | None:
    """The claim as written, or None when there is none; of a torn one (a power cut) nobody knows the holder."""
    try:
        text, inode = path.read_text(), path.stat().st_ino
    except (FileNotFoundError, NotADirectoryError):
        return None
    unknown = {"token": f"torn-{inode}", "machine": None, "host": "an unknown host", "pid": 0, "job": None}
    try:
        return unknown | json.loads(text)
    except (ValueError, TypeError):
        return unknown


def is_live(path: Path, claim: Claim) -> bool:
    """Whether the holder of `claim`, read from `path`, is still at work, as far as can be known from this host."""
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
    try:
        probe.touch()
    except OSError:  # a reader without the right to write still gets an answer
        return time.time()
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
    draft = path.with_name(f".{path.name}.{token}")
    try:
        with draft.open("x") as file:
            json.dump(ours, file)
            file.flush()
            os.fsync(file.fileno())
        while not _try_to_acquire(path, draft):
            pass
    finally:
        draft.unlink(missing_ok=True)
    stop = threading.Event()
    heart = threading.Thread(target=_beat, args=(path, token, stop), daemon=True)
    heart.start()
    try:
        yield
    finally:
        stop.set()
        heart.join()
        if (read_claim(path) or {}).get("token") == token:
            path.unlink(missing_ok=True)


def _try_to_acquire(path: Path, draft: Path) -> bool:
    """Whether `draft` became the claim; False where something changed meanwhile and a new look is needed."""
    try:
        os.link(draft, path)
        return True
    except FileExistsError:
        theirs = read_claim(path)
    if theirs is None:
        return False  # released between the two calls
    _refuse_if_live(path, theirs)
    void, heirs = theirs, [_heir_of(path, theirs)]
    while True:
        try:
            os.link(draft, heirs[-1])
            break
        except FileExistsError:
            void = read_claim(heirs[-1])
        if void is None:
            return False  # that heir has just taken over
        _refuse_if_live(heirs[-1], void)
        heirs.append(_heir_of(path, void))
    # We are the only heir. Had another heir taken over before, the claim would not be the one we judged any more.
    inherited = (read_claim(path) or {}).get("token") == theirs["token"]
    if inherited:
        draft.replace(path)
    for heir in heirs if inherited else heirs[-1:]:
        heir.unlink(missing_ok=True)
    return inherited


def _heir_of(path: Path, claim: Claim) -> Path:
    return path.with_name(f".heir.{claim['token']}")


def _refuse_if_live(path: Path, claim: Claim) -> None:
    if is_live(path, claim):
        raise AlreadyClaimed(f"{claim['host']} (process {claim['pid']}) works on it")


def _beat(path: Path, token: str, stop: threading.Event) -> None:
    last_good, absent = time.monotonic(), 0
    while not stop.wait(HEARTBEAT):
        try:
            claim = read_claim(path)
            absent = absent + 1 if claim is None else 0
            lost = absent > 1 or (claim is not None and claim["token"] != token)
            if claim is not None and not lost:
                os.utime(path)
                last_good = time.monotonic()
        except OSError:  # a hiccup of the file system; it may be over at the next beat
            lost = False
        if lost or time.monotonic() - last_good > SILENCE:
            # This process was, or will be, taken for dead: two must not write.
            os.kill(os.getpid(), signal.SIGKILL)
