"""What a bundle is: a tar.gz or a folder whose MANIFEST.json names every file with its SHA-256.

MANIFEST.json     format, code and package versions, studies, published inputs, files
README.txt        how to rebuild the tables
runs/             specs, results, metrics and predictions, and what was launched
results/          the finished tables with their lineage

Whoever made it, nothing is read but regular files that the manifest names, and nothing is written but below a folder.
"""

import hashlib
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from analysis.tracing.bundle_archive import BLOCK, capacity, content_of, is_plain_file, members, open_archive
from xdomain.core.errors import UserError
from xdomain.core.files import LARGEST_JSON, open_regular, parse_json, require_space
from xdomain.core.names import one_line

if TYPE_CHECKING:
    from xdomain.schema.bundle import BundledFile, BundleManifest

MANIFEST = "MANIFEST.json"
SUFFIXES = (".tar.gz", ".tgz")


def is_archive(path: Path) -> bool:
    """Tell whether a bundle of that name is one file."""
    return path.name.endswith(SUFFIXES)


def unpack(bundle: Path, into: Path) -> "tuple[Path, BundleManifest]":
    """Return the folder of a bundle's files, each checked against MANIFEST.json, and what that says.

    An archive is unpacked below `into`; a folder stays where it is.

    Raises:
        UserError: it is cut short, of another format, too large, or a file is missing, altered, or not the bundle's.
    """
    if is_archive(bundle):
        with open_archive(bundle) as archive:
            manifest = _manifest_of_archive(archive, bundle)
            _require_room(manifest, bundle, into)
            for member in members(archive):
                _unpack(archive, member, manifest.files, into, bundle)
        absent = [name for name in manifest.files if not (into / name).is_file()]
        folder = into
    elif bundle.is_dir():
        manifest = _manifest_of_folder(bundle)
        present = set(_names(bundle)) - {MANIFEST}
        if unnamed := sorted(present - manifest.files.keys()):
            raise _unnamed(unnamed[0], bundle)
        absent = [name for name in manifest.files if name not in present]
        for name in manifest.files.keys() & present:
            with open_regular(bundle / name, no_link=True) as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != manifest.files[name].sha256:
                    raise _altered(name, bundle)
        folder = bundle
    else:
        raise UserError(f"{bundle} is no bundle: name a {' or '.join(SUFFIXES)} file or a folder.")
    if absent:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        raise UserError(f"{bundle} lacks {absent[0]}{more}, which its {MANIFEST} names. Get the bundle again.")
    return folder, manifest


def read_one(bundle: Path, name: str) -> bytes:
    """Read one small file of a bundle, checked.

    Raises:
        UserError: as `unpack`, or the bundle has no such file, or a large one.
    """
    if is_archive(bundle):
        with open_archive(bundle) as archive:
            manifest = _manifest_of_archive(archive, bundle)
            entry = next((member for member in members(archive) if member.name == name), None)
            content = content_of(archive, entry).read() if entry and _is_small_file(entry) else None
    else:
        manifest = _manifest_of_folder(bundle)
        content = None
        if name in manifest.files and name in set(_names(bundle)):
            with open_regular(bundle / name, no_link=True) as file:
                content = file.read(LARGEST_JSON)
    if content is None or name not in manifest.files:
        raise UserError(f"{bundle} has no {one_line(name)}. It is of the studies {', '.join(manifest.studies)}.")
    if hashlib.sha256(content).hexdigest() != manifest.files[name].sha256:
        raise _altered(name, bundle)
    return content


def read_manifest(bundle: Path) -> "BundleManifest":
    """Read a bundle's MANIFEST.json.

    Raises:
        UserError: it has none, or one of another format.
    """
    if is_archive(bundle):
        with open_archive(bundle) as archive:
            return _manifest_of_archive(archive, bundle)
    return _manifest_of_folder(bundle)


def _manifest_of_archive(archive: tarfile.TarFile, bundle: Path) -> "BundleManifest":
    first = archive.next()
    if first is None or first.name != MANIFEST or not _is_small_file(first):
        raise _no_bundle(bundle)
    return _checked(content_of(archive, first).read(), bundle)


def _manifest_of_folder(bundle: Path) -> "BundleManifest":
    try:
        with open_regular(bundle / MANIFEST, no_link=True) as file:
            return _checked(file.read(LARGEST_JSON + 1), bundle)
    except FileNotFoundError as error:
        raise _no_bundle(bundle) from error


def _checked(text: bytes, bundle: Path) -> "BundleManifest":
    from xdomain.core.record import checked
    from xdomain.schema.bundle import BUNDLE_FORMAT, BundleManifest

    try:
        if len(text) > LARGEST_JSON:
            raise UserError(f"it has more than {LARGEST_JSON:,} bytes")
        values = parse_json(text, MANIFEST, "Get the bundle again.")
        version = values.get("format", BUNDLE_FORMAT) if isinstance(values, dict) else BUNDLE_FORMAT
        if version == BUNDLE_FORMAT:
            return checked(BundleManifest, values, MANIFEST, "Get the bundle again.")
    except UserError as error:
        raise _no_bundle(bundle, str(error)) from error
    raise UserError(
        f"{bundle} is a bundle of format {one_line(version)[:20]} and this version reads {BUNDLE_FORMAT}. Use the "
        f"version that wrote it ({one_line(values.get('code_version', 'it does not say which'))[:80]})."
    )


def _require_room(manifest: "BundleManifest", bundle: Path, into: Path) -> None:
    total = sum(entry.bytes for entry in manifest.files.values())
    if total > capacity(bundle):
        raise UserError(f"{bundle} claims to hold {total:,} bytes, more than it can. Nothing was made of it.")
    require_space(into, total)


def _is_small_file(member: tarfile.TarInfo) -> bool:
    return is_plain_file(member) and member.size <= LARGEST_JSON


def _unpack(
    archive: tarfile.TarFile, member: tarfile.TarInfo, files: "dict[str, BundledFile]", into: Path, bundle: Path
) -> None:
    """Write one file, if it is one that the manifest names; nothing else is ever written."""
    if member.name not in files:
        raise _unnamed(member.name, bundle)
    path = into / member.name
    if not is_plain_file(member) or member.size != files[member.name].bytes or path.exists():
        raise _altered(member.name, bundle)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            digest = _copied(content_of(archive, member), file)
    except (FileExistsError, NotADirectoryError) as error:  # one name is the folder of another
        raise _altered(member.name, bundle) from error
    if digest != files[member.name].sha256:
        raise _altered(member.name, bundle)


def _copied(source: IO[bytes], target: BinaryIO) -> str:
    """Copy a file and return its SHA-256."""
    digest = hashlib.sha256()
    while block := source.read(BLOCK):
        digest.update(block)
        target.write(block)
    return digest.hexdigest()


def _names(bundle: Path) -> Iterator[str]:
    """Yield every file of a folder by its name in the bundle.

    Raises:
        UserError: there is a link, a device or a pipe.
    """
    for folder, folders, files in os.walk(bundle):
        for name in (*folders, *files):
            path = Path(folder) / name
            shown = path.relative_to(bundle).as_posix()
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                raise UserError(
                    f"{bundle} holds {one_line(shown)!r}, which is no regular file. Nothing was made of it."
                )
            if path.is_file():
                yield shown


def _no_bundle(bundle: Path, why: str = "") -> UserError:
    return UserError(
        f"{bundle} has no {MANIFEST}, so it is no bundle of xdomain, or a damaged one{f' ({why})' if why else ''}."
    )


def _unnamed(name: str, bundle: Path) -> UserError:
    return UserError(f"{bundle} holds '{one_line(name)}', which its {MANIFEST} does not name. Nothing was made of it.")


def _altered(name: str, bundle: Path) -> UserError:
    return UserError(f"{name} in {bundle} is not what its {MANIFEST} says: it was altered or damaged.")
