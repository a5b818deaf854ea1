"""A stranger's tar.gz, read once from front to end within bounds, and nothing but plain files of it."""

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from xdomain.core.errors import UserError
from xdomain.core.files import open_regular

BLOCK = 1 << 20  # bytes
RATIO, ALLOWANCE = 200, 64 << 20  # an archive unpacks to at most RATIO times its bytes, and this much more
LARGEST_HEADER = 64 << 10  # bytes of one member's extended header: names and times take hundreds


class TooLarge(Exception):
    """The archive unpacks to more than it can hold."""


class _Bounded:
    """What an archive unpacks to, up to a number of bytes."""

    def __init__(self, source: gzip.GzipFile, left: int) -> None:
        self._source, self._left = source, left

    def read(self, size: int) -> bytes:
        content = self._source.read(size)
        self._left -= len(content)
        if self._left < 0:
            raise TooLarge
        return content


class _Member(tarfile.TarInfo):
    """A member; its headers are read into memory, so theirs are bounded, and sparse ones have no use here."""

    def _proc_member(self, tar: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) and self.size > LARGEST_HEADER:
            raise tarfile.ReadError("a header is too large")
        if self.type == tarfile.GNUTYPE_SPARSE:
            raise tarfile.ReadError("a member is sparse")
        return super()._proc_member(tar)  # type: ignore[misc]  # tarfile's own, in no stub


def capacity(archive: Path) -> int:
    """Return the bytes that an archive may unpack to."""
    return RATIO * archive.stat().st_size + ALLOWANCE


@contextmanager
def open_archive(bundle: Path) -> Iterator[tarfile.TarFile]:
    """Open a bundle's archive, to be read once from front to end.

    Raises:
        UserError: it is no archive or no regular file, is cut short, or unpacks to far more than its size.
    """
    try:
        with open_regular(bundle) as file, gzip.GzipFile(fileobj=file) as plain:
            bounded = _Bounded(plain, capacity(bundle))
            with tarfile.open(fileobj=bounded, mode="r|", tarinfo=_Member) as archive:  # type: ignore[call-overload]
                yield archive
                while bounded.read(BLOCK):  # to the end, where gzip's checksum is
                    pass
    except TooLarge as error:
        raise UserError(
            f"{bundle} unpacks to more than {capacity(bundle):,} bytes, which no bundle does. Nothing was made of it."
        ) from error
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError, RecursionError) as error:
        why = "headers without end" if isinstance(error, RecursionError) else error
        raise UserError(f"{bundle} is cut short or no bundle ({why}). Get it again.") from error


def content_of(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    """Open a plain file of the archive."""
    content = archive.extractfile(member)
    assert content is not None, "only a link or a folder has none"
    return content


def members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield every member that is left."""
    while member := archive.next():
        archive.members = []  # type: ignore[attr-defined]  # tarfile would keep all of them
        yield member


def is_plain_file(member: tarfile.TarInfo) -> bool:
    """Tell whether a member is a file with all of its bytes in the archive."""
    return member.isfile() and not member.issparse() and member.type in (tarfile.REGTYPE, tarfile.AREGTYPE)
