"""Write files that are complete or absent: written beside their final name, then renamed."""

import csv
import errno
import hashlib
import io
import json
import os
import shutil
import stat
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

from xdomain.core.errors import FULL, UserError
from xdomain.core.names import one_line

RENEW = "Remove it, then give the command again."  # what the project wrote
CORRECT = "Correct it, or put the original there again."  # what users brought
LARGEST_JSON = 16 << 20  # bytes; no file of the project's own comes near, but a list of all runs of a launch


def errors_behind(error: BaseException) -> Iterator[BaseException]:
    """Iterate over `error` and those that it was raised on account of, the newest first.

    Libraries that write in pieces, such as torch.save, hide what stopped them behind an error of their own.
    """
    seen: list[BaseException] = []
    while error not in seen:
        yield error
        seen.append(error)
        error = error.__cause__ or error.__context__ or error


def system_error(error: BaseException, numbers: set[int]) -> OSError | None:
    """Find the operating system's error, with one of these numbers, that `error` is or was raised on account of."""
    return next((one for one in errors_behind(error) if isinstance(one, OSError) and one.errno in numbers), None)


def no_space(path: Path, error: OSError) -> UserError:
    """Say that a full disk or quota stopped the writing of `path`, of which nothing was kept."""
    return UserError(
        f"No space left for {path} ({error.strerror}). Nothing of it was kept: "
        "free some space or point XDOMAIN_DATA, XDOMAIN_RUNS or XDOMAIN_RESULTS elsewhere, "
        "then give the same command again."
    )


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
            raise no_space(path, full) from error
        if isinstance(error, OSError) and error.filename == str(temporary):
            error.filename = str(path)  # which the user knows
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` (UTF-8) atomically."""
    with atomic_file(path) as file:
        file.write(text.encode())


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as a CSV file with a head of these columns, atomically."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON atomically."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def read_json(path: Path, largest: int = LARGEST_JSON, then: str = RENEW) -> Any:
    """Read a JSON file of at most `largest` bytes, whoever wrote it; `then` says what to do if it is none.

    Raises:
        UserError: the file is not JSON (truncated, or edited by hand), is no regular file, or is larger or nested
            deeper than any that the project writes.
    """
    return parse_json(read_bytes(path, largest), str(path), then)


def write_or_compare(path: Path, value: Any) -> bool:
    """Write a value as JSON where there is no such file yet; tell whether the file holds this value."""
    if not path.exists():
        write_json(path, value)
    return bool(read_json(path) == value)


def parse_json(content: bytes | str, source: str, then: str = RENEW) -> Any:
    """Parse JSON that comes from `source`; `then` says what to do if it is none.

    Raises:
        UserError: it is none, or is nested too deeply.
    """
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else one_line(error)
        raise UserError(f"{source} is not valid JSON ({why}). {then}") from error


def read_bytes(path: Path, largest: int) -> bytes:
    """Read a regular file of at most `largest` bytes; never a device or a pipe, which may have no end.

    Raises:
        UserError: it is something else, or larger.
        FileNotFoundError: there is none.
    """
    with open_regular(path) as file:
        content = file.read(largest + 1)
    if len(content) > largest:
        raise UserError(f"{path} has more than {largest:,} bytes, more than xdomain ever writes there. Move it away.")
    return content


def open_regular(path: Path, no_link: bool = False) -> BufferedReader:
    """Open a regular file for reading; with `no_link`, only one that is no symbolic link itself.

    Raises:
        UserError: it is something else.
        OSError: it cannot be opened.
    """

    def without_waiting(name: str, flags: int) -> int:  # opening a pipe would take until another process writes into it
        return os.open(name, flags | os.O_NONBLOCK | (os.O_NOFOLLOW if no_link else 0))

    try:
        file = open(path, "rb", opener=without_waiting)  # noqa: SIM115  (the caller closes it)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
            raise UserError(f"{path} is no regular file. Move it away, then give the command again.") from error
        raise
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise UserError(f"{path} is no regular file. Move it away, then give the command again.")
    return file


def sha256(path: Path) -> str:
    """Compute the hex SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_system_now(folder: Path) -> float:
    """Ask the clock that stamps files in `folder`, a file server's where it is on one; seconds since 1970.

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


def touched(file: Path) -> float | None:
    """Tell when a file was last written or touched, by the clock of its file system; None where it cannot be seen."""
    try:
        return file.stat().st_mtime
    except OSError:
        return None


def require_space(folder: Path, size: int) -> None:
    """Refuse to begin writing `size` bytes where they cannot fit.

    Raises:
        UserError: fewer bytes are free on the file system of `folder`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < size:
        raise UserError(
            f"{folder} has {free / 1e6:,.0f} MB free and {size / 1e6:,.0f} MB are needed. "
            "Free some space, or point XDOMAIN_DATA to a larger disk."
        )
