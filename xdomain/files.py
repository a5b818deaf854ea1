"""Files that are whole or absent: written beside their final name, then renamed."""

import errno
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from xdomain.errors import UserError

# No space, over quota, over the process's file-size limit: to a user they are one thing.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def system_error(error: BaseException, numbers: set[int]) -> OSError | None:
    """The error of the operating system, with one of these numbers, that `error` is or was raised on account of.

    Libraries that write in pieces, such as torch.save, hide it behind an error of their own.
    """
    seen: list[BaseException] = []
    while error not in seen:
        if isinstance(error, OSError) and error.errno in numbers:
            return error
        seen.append(error)
        error = error.__cause__ or error.__context__ or error
    return None


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
    except Exception as error:
        if full := system_error(error, FULL):
            raise UserError(
                f"No space left for {path} ({full.strerror}). Nothing of it was kept: "
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
        return json.loads(path.read_text())
    except ValueError as error:
        raise UserError(f"{path} is not valid JSON ({error}). Remove it, then give the command again.") from error


def sha256(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
