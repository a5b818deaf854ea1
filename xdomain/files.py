"""Files that are whole or absent: written beside their final name, then renamed."""

import errno
import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from xdomain.errors import UserError

# No space, over quota, over the process's file-size limit: to a user they are one thing.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file beside `path`; on a clean exit it is synced and takes the name, else it is removed.

    Raises:
        UserError: the disk or the quota is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        if error.errno in FULL:
            raise UserError(
                f"No space left for {path} ({error.strerror}). Nothing of it was kept: "
                "free some space or point XDOMAIN_DATA, XDOMAIN_RUNS or XDOMAIN_RESULTS elsewhere, "
                "then give the same command again."
            ) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` (UTF-8) atomically."""
    with atomic_file(path) as file:
        file.write(text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON atomically."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        UserError: the file is not JSON (torn, or edited by hand).
    """
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise UserError(f"{path} is not valid JSON ({error}). Remove it, then give the command again.") from error


def sha256(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_system_now(folder: Path) -> float:
    """The time by the clock that stamps files in `folder`, a file server's where it is on one; seconds since 1970.

    Ages of files are differences to this: the clocks of nodes may be hours away from it.
    """
    probe = folder / f".now.{uuid.uuid4().hex[:8]}"
    try:
        probe.touch()
    except OSError:  # a reader without the right to write still gets an answer
        return time.time()
    try:
        return probe.stat().st_mtime
    finally:
        probe.unlink(missing_ok=True)


def require_space(folder: Path, wanted: int) -> None:
    """Refuse to begin writing `wanted` bytes where they cannot fit.

    Raises:
        UserError: fewer bytes are free on the file system of `folder`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise UserError(
            f"{folder} has {free / 1e6:,.0f} MB free and {wanted / 1e6:,.0f} MB are needed. "
            "Free some space, or point XDOMAIN_DATA to a larger disk."
        )
