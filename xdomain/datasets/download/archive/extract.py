"""Unpack an archive from elsewhere, file by file, each complete or absent; what is there already is passed over.

Only plain files are written, with permissions of our own, and only below the folder. Links, devices, sparse files,
encrypted or doubled entries and paths that lead out are refused, and so is an archive that grows out of proportion.
"""

import gzip
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from xdomain.core.errors import FULL, UserError
from xdomain.core.files import require_space
from xdomain.datasets.download.archive.members import Member, members_of
from xdomain.datasets.download.archive.names import ADDED_BY_MACOS, Places, safe_path

PIECE = 1 << 20  # bytes
MOST_ENTRIES = 1_000_000
MOST_GROWTH = 100  # times the archive's size; videos and JPEGs grow by a few per cent
SMALL = 100_000_000  # bytes that any archive may grow to, and that stay free on the disk
BROKEN = (EOFError, tarfile.TarError, zipfile.BadZipFile, zlib.error, gzip.BadGzipFile, NotImplementedError)


def extract(archive: Path, folder: Path, target_of: Callable[[str], str | None], bar: tqdm) -> dict[str, int]:
    """Unpack `archive` below `folder`; returns the size in bytes of each file, by its path below it.

    Args:
        archive: a .zip or .tar.gz.
        folder: where the files go; made if it is not there.
        target_of: where a member goes, by its path in the archive; None leaves it out.
        bar: counts the archive's bytes.

    Raises:
        UserError: damaged, hostile (names the member), or the disk is full. Members before it are there, and complete.
    """
    places, written = Places(str(archive)), {}
    most = SMALL + MOST_GROWTH * archive.stat().st_size
    entries = grown = reached = 0
    try:
        for member in members_of(archive):
            entries, grown = entries + 1, grown + member.size
            if entries > MOST_ENTRIES or grown > most:
                raise UserError(
                    f"{archive} would unpack to more than {min(entries, MOST_ENTRIES):,} files or {most / 1e9:,.1f} "
                    f"GB ({member.name!r} is beyond). It is not unpacked further: fetch it from its official source."
                )
            bar.update(member.reached - reached)
            reached = member.reached
            name = safe_path(member.name, str(archive))
            target = None if ADDED_BY_MACOS.search(name) else target_of(name)
            if target is None:
                continue
            places.take(target)
            _write(member, folder / target)
            written[target] = member.size
    except BROKEN as error:
        raise UserError(f"{archive} is damaged ({error}). Remove it, then give the same command again.") from error
    except OSError as error:
        if error.errno in FULL:
            raise UserError(
                f"No space left in {folder} ({error.strerror}). The {len(written):,} files that were unpacked stay: "
                "free some space, then give the same command again."
            ) from error
        raise
    bar.update(archive.stat().st_size - reached)
    return written


def _write(member: Member, target: Path) -> None:
    """Write one member, unless a file of its size is there: ours get their names only when complete."""
    if target.is_file() and target.stat().st_size == member.size:
        return
    require_space(target.parent, member.size + SMALL)
    temporary = target.with_name(".unpacking.tmp")  # one name, so that a kill leaves at most one of them
    try:
        temporary.unlink(missing_ok=True)  # of a killed attempt, or a planted link
        with member.open() as content, temporary.open("xb") as file:
            shutil.copyfileobj(content, file, PIECE)
            if file.tell() != member.size:
                raise EOFError(f"{member.name!r} has {file.tell():,} of {member.size:,} bytes")
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
