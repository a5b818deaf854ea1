"""The plain files of a .zip or .tar.gz in their order; anything else in it but folders is refused.

`tarfile.data_filter` has no place here: it corrects what tarfile itself is about to write (takes a leading / away,
admits links within the folder), while here tarfile only reads contents, and the same stricter checks refuse members of
both kinds of archive before `extract` writes a file of its own.
"""

import gzip
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple, cast

from xdomain.core.errors import UserError
from xdomain.datasets.download.archive.names import safe_path

LONGEST_HEADER = 16 << 20  # bytes; tarfile reads extended headers entirely, however long they say they are
LONGEST_END = 16 << 20  # bytes of padding behind the last member
ENCRYPTED = 1  # a zip entry's flag
TAR_KINDS = {
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.LNKTYPE: "a hard link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a pipe",
}


class Member(NamedTuple):
    """A plain file in an archive."""

    name: str
    size: int  # bytes
    open: Callable[[], IO[bytes]]
    reached: int  # bytes of the archive read so far


def members_of(archive: Path) -> Iterator[Member]:
    """Yield the plain files of `archive`; each must be read before the next one is asked for.

    Raises:
        UserError: a link, a device or the like; names it.
        EOFError, tarfile.TarError, zipfile.BadZipFile, zlib.error, gzip.BadGzipFile: not a complete archive.
    """
    return _in_zip(archive) if archive.name.lower().endswith(".zip") else _in_tar(archive)


def _in_tar(archive: Path) -> Iterator[Member]:
    with archive.open("rb") as raw, _Bounded(fileobj=raw, mode="rb") as stream:
        with tarfile.open(fileobj=stream, mode="r:") as tar:
            for info in tar:
                if info.isdir():
                    _check_folder(info.name, archive)
                    continue
                if not info.isreg() or info.issparse():
                    _refuse(archive, info.name, TAR_KINDS.get(info.type, "a sparse or unknown kind of file"))
                content = cast(Callable[[], IO[bytes]], partial(tar.extractfile, info))  # a plain file has one
                yield Member(info.name, info.size, content, raw.tell())
        # tarfile takes any damaged header for the end. Behind a true end are zeros, then gzip's checksum.
        end = 0
        while piece := stream.read(1 << 16):
            end += len(piece)
            if any(piece) or end > LONGEST_END:
                raise tarfile.ReadError("there is something unreadable behind its last file")


class _Bounded(gzip.GzipFile):
    """A gzip file of which no more than a reasonable header is read at once."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= LONGEST_HEADER:
            raise tarfile.ReadError("one of its headers is too long")
        return super().read(size)


def _in_zip(archive: Path) -> Iterator[Member]:
    reached = 0
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            if info.is_dir():
                _check_folder(info.filename, archive)
                continue
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG):  # 0: made on a system without kinds
                _refuse(archive, info.filename, "a symbolic link" if kind == stat.S_IFLNK else "a special file")
            if info.flag_bits & ENCRYPTED:
                _refuse(archive, info.filename, "encrypted")
            reached += info.compress_size
            yield Member(info.filename, info.file_size, partial(opened.open, info), reached)


def _check_folder(name: str, archive: Path) -> None:
    """Pass over folders, which are made when a file needs them; one that leads out shows what the archive is."""
    if name.strip("./") or ".." in name:
        safe_path(name, str(archive))


def _refuse(archive: Path, name: str, what: str) -> None:
    raise UserError(
        f"{archive} has the entry {name!r}, {what}. Only plain files are unpacked: fetch it from its official source."
    )
