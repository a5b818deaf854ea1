"""A claim: at most one process works on a run, on any node that shares the file system.

`claim.json` is made with link(2), which is atomic on NFS and Lustre too, and its holder touches it while it lives.
File locks would be shorter, but many clusters mount their file systems without them. flufl.lock links as well, but it
breaks an expired lock by removing the file, with a race that it makes less likely and we must exclude: hence the heirs
and the heartbeat here. A claim is void when its process is gone (same host), when the scheduler has started the same
job once more, or when nobody touched it for `SILENCE` seconds. What cannot be seen from here (a process in another node
or container, or hidden from this user) is not thereby gone: its silence decides. Nor is what stands in the file
believed: a claim that this program cannot have written has an unknown holder.

A void claim is inherited, never removed: whoever first links `.heir.<its token>` is its only heir and may replace it.
An heir that dies on the way has an heir of its own.
"""

import errno
import json
import os
import re
import signal
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from xdomain.core.claims.holder import is_hidden, machine_id, process_start, start_of_job
from xdomain.core.errors import UserError, explain
from xdomain.core.files import file_system_now

HEARTBEAT = 15.0  # seconds between two touches
SILENCE = 150.0  # seconds without a touch, after which the holder counts as dead
TOKEN = re.compile(r"[0-9a-f]{32}")  # becomes part of a file's name
NO_LINKS = {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK}  # what file systems without hard links answer

Claim = dict[str, Any]


class AlreadyClaimed(Exception):
    """Another live process works on this run."""


def read_claim(path: Path) -> Claim | None:
    """Read the claim as written, or None when there is none.

    Of one that is truncated (a power cut), or that this program cannot have written, nobody knows the holder.
    """
    try:
        text, inode = path.read_text(encoding="utf-8", errors="replace"), path.stat().st_ino
    except (FileNotFoundError, NotADirectoryError):
        return None
    unknown = {
        "token": f"torn-{inode}",
        "machine": None,
        "host": "an unknown host",
        "pid": 0,
        "process_start": None,
        "job": None,
        "cluster": None,
        "restarts": 0,
    }
    try:
        claim = unknown | json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return unknown
    return claim if _is_possible(claim) else unknown


def _is_possible(claim: Claim) -> bool:
    texts = [claim[name] for name in ("machine", "host", "process_start", "job", "cluster")]
    return (
        isinstance(claim["token"], str)
        and TOKEN.fullmatch(claim["token"]) is not None
        and all(text is None or (isinstance(text, str) and text.isprintable()) for text in texts)
        and claim["host"] is not None
        and all(type(claim[name]) is int and 0 <= claim[name] < 2**31 for name in ("pid", "restarts"))
        and (claim["pid"] > 0 or claim["machine"] is None)
    )


def is_live(path: Path, claim: Claim) -> bool:
    """Tell whether the holder of `claim`, read from `path`, is still at work, as far as can be known from this host."""
    machine, ours = machine_id(), start_of_job()
    if machine is not None and claim["machine"] == machine and not is_hidden(claim["pid"]):
        return bool(process_start(claim["pid"]) == claim["process_start"])
    same_job = claim["job"] is not None and (claim["job"], claim["cluster"]) == (ours["job"], ours["cluster"])
    if same_job and claim["restarts"] < ours["restarts"]:
        return False  # the scheduler starts a job again only once its earlier start is dead; tasks of one start differ
    try:
        stat = path.stat()
    except FileNotFoundError:
        return False
    # A time of change cannot be set, so that a claim dated into the future holds no longer than another.
    return file_system_now(path.parent) - min(stat.st_mtime, stat.st_ctime) < SILENCE


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Hold the claim at `path` while the block runs.

    Raises:
        AlreadyClaimed: a live process holds it.
        UserError: its folder cannot be written to, or its file system has no hard links.
    """
    token = uuid.uuid4().hex
    ours = {
        "token": token,
        "machine": machine_id(),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "process_start": process_start(os.getpid()),
        **start_of_job(),
    }
    draft = path.with_name(f".{path.name}.{token}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("x") as file:
            json.dump(ours, file)
            file.flush()
            os.fsync(file.fileno())
        while not _try_to_acquire(path, draft, token):
            pass
    except OSError as error:
        raise UserError(explain(error, path.parent)) from error
    finally:
        with suppress(OSError):  # what kept it from being made
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


def _try_to_acquire(path: Path, draft: Path, token: str) -> bool:
    """Tell whether `draft` became the claim; False where something changed meanwhile and a new look is needed."""
    if _link(draft, path):
        return True
    theirs = read_claim(path)
    if theirs is None:
        return False  # released between the two calls
    if theirs["token"] == token:
        return True  # the link was made, but NFS lost the answer and asked again
    _refuse_if_live(path, theirs)
    heirs = [_heir_of(path, theirs)]
    while not _link(draft, heirs[-1]):
        void = read_claim(heirs[-1])
        if void is None:
            return False  # that heir has just taken over
        if void["token"] == token:
            break  # as above
        _refuse_if_live(heirs[-1], void)
        heirs.append(_heir_of(path, void))
    # We are the only heir. Had another heir taken over before, the claim would not be the one we examined any more.
    inherited: bool = (read_claim(path) or {}).get("token") == theirs["token"]
    if inherited:
        _replace(draft, path, token)
    for heir in heirs if inherited else heirs[-1:]:
        heir.unlink(missing_ok=True)
    return inherited


def _link(draft: Path, path: Path) -> bool:
    try:
        os.link(draft, path)
        return True
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        raise UserError(
            f"{path.parent} is on a file system without hard links ({error.strerror}), so that two jobs could work on "
            "one thing. Point XDOMAIN_RUNS and XDOMAIN_DATA to another one."
        ) from error


def _replace(draft: Path, path: Path, token: str) -> None:
    try:
        draft.replace(path)
    except FileNotFoundError:
        if (read_claim(path) or {}).get("token") != token:  # else it is done, and only the answer was lost
            raise


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
