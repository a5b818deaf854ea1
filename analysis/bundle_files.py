"""What a bundle is: a tar.gz or a folder whose MANIFEST.json names every file with its SHA-256.

MANIFEST.json     format, code and package versions, studies, published inputs, files
README.txt        how to rebuild the tables
runs/             specs, results, metrics and predictions, and what was launched
results/          the finished tables with their lineage
"""

import gzip
import hashlib
import json
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from xdomain.errors import UserError
from xdomain.files import sha256

BUNDLE_FORMAT = 1
MANIFEST = "MANIFEST.json"
SUFFIXES = (".tar.gz", ".tgz")
LARGEST_MANIFEST = 64 << 20  # bytes
BLOCK = 1 << 20


def is_archive(path: Path) -> bool:
    """Whether a bundle of that name is one file."""
    return path.name.endswith(SUFFIXES)


@contextmanager
def opened(bundle: Path) -> Iterator[tarfile.TarFile]:
    """A bundle's archive, read once from front to end.

    Raises:
        UserError: it is no archive, or is cut short.
    """
    try:
        with gzip.open(bundle, "rb") as plain, tarfile.open(fileobj=plain, mode="r|") as archive:
            yield archive
            while plain.read(BLOCK):  # to the end, where gzip's checksum is
                pass
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"{bundle} is cut short or no bundle ({error}). Get it again.") from error


def unpacked(bundle: Path, into: Path) -> tuple[Path, dict[str, Any]]:
    """The folder of a bundle's files, each checked against MANIFEST.json, and what that says.

    An archive is unpacked below `into`; a folder stays where it is.

    Raises:
        UserError: it is cut short, of another format, or a file is missing, altered, or not the bundle's.
    """
    folder = bundle
    if is_archive(bundle):
        folder = into
        with opened(bundle) as archive:
            manifest = _read_manifest(archive, bundle)
            while member := archive.next():
                _unpack(archive, member, manifest["files"], into, bundle)
    elif bundle.is_dir():
        manifest = checked_manifest((bundle / MANIFEST).read_bytes() if (bundle / MANIFEST).exists() else b"", bundle)
        for path in (path for path in bundle.rglob("*") if not path.is_dir()):
            name = path.relative_to(bundle).as_posix()
            if name not in manifest["files"] and name != MANIFEST:
                raise _unnamed(name, bundle)
            if name != MANIFEST and (path.is_symlink() or sha256(path) != manifest["files"][name]["sha256"]):
                raise _altered(name, bundle)
    else:
        raise UserError(f"There is no bundle {bundle}: name a {' or '.join(SUFFIXES)} file or a folder.")
    if absent := [name for name in manifest["files"] if not (folder / name).is_file()]:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        raise UserError(f"{bundle} lacks {absent[0]}{more}, which its {MANIFEST} names. Get the bundle again.")
    return folder, manifest


def read_one(bundle: Path, name: str) -> bytes:
    """One file of a bundle, checked.

    Raises:
        UserError: as `unpacked`, or the bundle has no such file.
    """
    if is_archive(bundle):
        with opened(bundle) as archive:
            manifest = _read_manifest(archive, bundle)
            member = next((member for member in archive if member.name == name and member.isfile()), None)
            content = archive.extractfile(member).read() if member else None
    else:
        manifest = checked_manifest((bundle / MANIFEST).read_bytes() if (bundle / MANIFEST).exists() else b"", bundle)
        content = (bundle / name).read_bytes() if (bundle / name).is_file() else None
    if content is None or name not in manifest["files"]:
        raise UserError(f"{bundle} has no {name}. It is of the studies {', '.join(manifest['studies'])}.")
    if hashlib.sha256(content).hexdigest() != manifest["files"][name]["sha256"]:
        raise _altered(name, bundle)
    return content


def checked_bundle_manifest(bundle: Path) -> dict[str, Any]:
    """What a bundle's MANIFEST.json says.

    Raises:
        UserError: it has none, or one of another format.
    """
    if is_archive(bundle):
        with opened(bundle) as archive:
            return _read_manifest(archive, bundle)
    return checked_manifest((bundle / MANIFEST).read_bytes() if (bundle / MANIFEST).exists() else b"", bundle)


def checked_manifest(text: bytes, bundle: Path) -> dict[str, Any]:
    """What a MANIFEST.json says.

    Raises:
        UserError: it is none, or of another format.
    """
    damaged = UserError(f"{bundle} has no {MANIFEST}, so it is no bundle of xdomain, or a damaged one.")
    try:
        manifest = json.loads(text)
        version = manifest["format"]
    except (ValueError, TypeError, KeyError) as error:
        raise damaged from error
    if version != BUNDLE_FORMAT:
        raise UserError(
            f"{bundle} is a bundle of format {version} and this version reads {BUNDLE_FORMAT}. "
            f"Use the version that wrote it ({manifest.get('code_version', 'it does not say which')})."
        )
    try:
        files = {_inside(name, bundle): (entry["sha256"], entry["bytes"]) for name, entry in manifest["files"].items()}
        studies = {_inside(study, bundle): described["tolerance"] for study, described in manifest["studies"].items()}
    except (TypeError, KeyError, AttributeError) as error:
        raise damaged from error
    if not files or not studies:
        raise damaged
    return manifest


def _read_manifest(archive: tarfile.TarFile, bundle: Path) -> dict[str, Any]:
    first = archive.next()
    if first is None or first.name != MANIFEST or not first.isfile() or first.size > LARGEST_MANIFEST:
        return checked_manifest(b"", bundle)
    return checked_manifest(archive.extractfile(first).read(), bundle)


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, files: dict[str, Any], into: Path, bundle: Path) -> None:
    """Write one file, if it is one that the manifest names; nothing else is ever written."""
    if member.name not in files:
        raise _unnamed(member.name, bundle)
    path = into / member.name
    if not member.isfile() or member.size != files[member.name]["bytes"] or path.exists():
        raise _altered(member.name, bundle)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        if _copied(archive.extractfile(member), file) != files[member.name]["sha256"]:
            raise _altered(member.name, bundle)


def _copied(source: BinaryIO, target: BinaryIO) -> str:
    """Copy a file and return its SHA-256."""
    shutil.copyfileobj(source, target, BLOCK)
    target.flush()
    return sha256(Path(target.name))


def _inside(name: str, bundle: Path) -> str:
    """The name of a file, if it leads to one within the bundle."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        raise UserError(f"{bundle} names the file {name!r}, which lies outside it. Nothing was made of it.")
    return name


def _unnamed(name: str, bundle: Path) -> UserError:
    return UserError(f"{bundle} holds {name!r}, which its {MANIFEST} does not name. Nothing was made of it.")


def _altered(name: str, bundle: Path) -> UserError:
    return UserError(f"{name} in {bundle} is not what its {MANIFEST} says: it was altered or damaged.")
