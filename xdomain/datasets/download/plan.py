"""Plan what a fetch would do: which files lack, where each goes, how much space they need."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from xdomain.datasets.download.archive.names import Places
from xdomain.datasets.download.given import find
from xdomain.datasets.download.receipt import Receipt
from xdomain.datasets.download.sources import SOURCES, Source
from xdomain.datasets.download.transfer.download import part_of
from xdomain.datasets.download.transfer.remote import RemoteFile, redact
from xdomain.datasets.download.transfer.web import Refused, Transient, answer_to, check_status

UNPACKED = 1.1  # bytes on the disk for each byte of an archive; videos and JPEGs hardly shrink in one
SHOWN = 20


@dataclass(frozen=True)
class Plan:
    """The files of a data set and what is to be done about them."""

    name: str
    source: Source
    folder: Path
    given: Path | None
    targets: dict[RemoteFile, Path]  # every file; an archive lies there until it is unpacked
    lacking: list[RemoteFile]
    sizes: dict[RemoteFile, int | None]  # of those lacking, in bytes; None where no server tells

    @property
    def work(self) -> int | None:
        """Bytes to download or copy, and of archives to unpack; None where no server tells."""
        known = {file: size for file, size in self.sizes.items() if size is not None}
        archives = [size for file, size in known.items() if file.is_archive]
        copied = [size for file, size in known.items() if not (self.given and file.is_archive)]
        return sum(copied) + sum(archives) if len(known) == len(self.sizes) else None

    @property
    def space(self) -> int:
        """Bytes that will be written, as far as sizes are known and nothing of it is there."""
        wanted = 0
        for file, size in self.sizes.items():
            target = self.targets[file]
            have = next((path.stat().st_size for path in (target, part_of(target)) if path.is_file()), 0)
            if not (self.given and file.is_archive):
                wanted += max((size or 0) - have, 0)
            if file.is_archive:
                wanted += int(UNPACKED * (size or 0))
        archives = any(file.is_archive for file in self.lacking)
        return max(wanted - (self._unpacked_bytes() if archives else 0), 0)

    def _unpacked_bytes(self) -> int:
        """Find what an earlier attempt has unpacked."""
        others = {path for target in self.targets.values() for path in (target, part_of(target))}
        below = (self.folder / self.source.unpacked).rglob("*")
        return sum(path.stat().st_size for path in below if path not in others and path.is_file())

    def otherwise(self, file: RemoteFile) -> str:
        """Say what to do when `file` cannot be fetched."""
        return (
            "Without internet here, give the command on a login node, with --out for a disk that both see; or fetch by "
            f"hand what `fetch {self.name} --dry-run` lists ({file.curl}), and "
            f"give: python -m xdomain fetch {self.name} --from FOLDER"
        )

    def show(self) -> None:
        """Print it."""
        print(f"{self.name}: {self.source.what}")
        for file in self.lacking[:SHOWN]:
            target = self.folder if file.is_archive else self.targets[file]
            origin = find(file, self.given) or f"{self.given}, where it is not" if self.given else redact(file.urls[0])
            unpacked = "/ (unpacked)" if file.is_archive else ""
            print(f"{readable(self.sizes[file]):>10}  {file.path}  from {origin}  to {target}{unpacked}")
        if len(self.lacking) > SHOWN:
            print(f"{'':>10}  … and {len(self.lacking) - SHOWN:,} more")
        here = len(self.targets) - len(self.lacking)
        space = self.folder
        while not space.exists():
            space = space.parent
        needed = "unknown (a server does not tell)" if None in self.sizes.values() else readable(self.space)
        print(f"{len(self.lacking):,} files to get, {here:,} are here.")
        print(f"Space needed: {needed}, free: {readable(shutil.disk_usage(space).free)}, at {self.folder}")


def make_plan(name: str, root: Path, mirror: str | None, given: Path | None) -> Plan:
    """Look at the servers (or at `given`) and at what is here.

    Raises:
        UserError: the data set cannot be listed, or two of its files have one place.
    """
    source = SOURCES[name]
    folder = root / source.folder
    receipt = Receipt.read(folder, name)
    files = source.list_files(mirror, given)
    places, targets = Places(name), {}
    for file in files:
        path = file.path if file.is_archive else source.place(file.path)
        assert path is not None, "a source lists what has a place"
        places.take(path)
        targets[file] = folder / path
    lacking = [file for file in files if not _is_here(file, targets[file], receipt)]
    sizes = {file: _size(file, targets[file], given) for file in lacking}
    return Plan(name, source, folder, given, targets, lacking, sizes)


def _is_here(file: RemoteFile, target: Path, receipt: Receipt) -> bool:
    if receipt.has(file):
        return True
    return not file.is_archive and target.is_file() and file.fault(target) is None


def _size(file: RemoteFile, target: Path, given: Path | None) -> int | None:
    """Size the file in bytes, as found here, published, or announced by the first server that answers."""
    if given:
        local = find(file, given)
        return local.stat().st_size if local else None
    if file.size is not None:
        return file.size
    if target.is_file():
        return target.stat().st_size
    for url in file.urls:
        try:
            with answer_to(url, {}) as answer:  # not HEAD, which storage behind signed redirects refuses
                check_status(answer)
                return int(answer.headers["Content-Length"])
        except (Refused, Transient, KeyError, ValueError):
            continue  # the download will say what is wrong
    return None


def readable(size: int | None) -> str:
    """Write a size in bytes for people."""
    if size is None:
        return "? bytes"
    return f"{size / 1e9:,.2f} GB" if size >= 1e8 else f"{size / 1e6:,.2f} MB"
