"""The public data sets: where each comes from, and where its files go below the data root."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from xdomain.datasets.download import mnist
from xdomain.datasets.download.transfer.remote import UNKNOWN, RemoteFile

DATAVERSE = "https://dataverse.harvard.edu"
SVCL = "http://www.svcl.ucsd.edu/projects/resound/"
JSON = 64 << 20  # bytes that a listing may have; the largest known has less than two MB
DIVING48 = (
    "Diving48_V2_train.json",
    "Diving48_V2_test.json",
    "Diving48_vocab.json",
    "Diving48_rgb.tar.gz",
)


def as_named(path: str) -> str:
    """Place every file in the folder that the data set has it in."""
    return path


def diving48_place(path: str) -> str | None:
    """Place the JSONs on top, every video in rgb/, whatever folder the archive has it in; nothing else."""
    name = path.rpartition("/")[2]
    if name.endswith(".mp4"):
        return f"rgb/{name}"
    return name if name in DIVING48 else None


def frames_place(path: str) -> str | None:
    """Place what is in a folder (or archive) `images` or `masks`; nothing else, such as the released checkpoint."""
    within = re.search(r"(?:^|.*/)((?:images|masks)/.+)", path)
    return within and within[1]


@dataclass(frozen=True)
class Source:
    """One public data set."""

    what: str  # a line for people
    folder: str  # below the data root
    then: str  # the command that uses it
    doi: str | None = None  # on a Dataverse server; else `names` at `servers`
    names: tuple[str, ...] = ()
    servers: tuple[str, ...] = (DATAVERSE,)
    checksums: tuple[str | None, ...] = ()  # of `names`
    limits: tuple[int, ...] = ()  # bytes that each of `names` may have, where no size is published
    unpacked: str = ""  # the folder below `folder` that archives are unpacked into
    place: Callable[[str], str | None] = as_named  # a path in the data set to one below `folder`; None: not wanted

    def list_files(self, mirror: str | None, given: Path | None) -> list[RemoteFile]:
        """List its wanted files, at their paths in the data set.

        Args:
            mirror: a URL instead of `servers`.
            given: a folder of files fetched by hand, asked for the listing of a Dataverse data set.
        """
        servers = (mirror,) if mirror else self.servers
        if self.doi:
            from xdomain.datasets.download.transfer import dataverse

            files = dataverse.list_files(self.doi, servers[0], given)
        else:
            files = [
                RemoteFile(name, tuple(f"{server.rstrip('/')}/{name}" for server in servers), None, checksum, limit)
                for name, checksum, limit in zip(
                    self.names,
                    self.checksums or [None] * len(self.names),
                    self.limits or [UNKNOWN] * len(self.names),
                    strict=True,
                )
            ]
        return [file for file in files if file.is_archive or self.place(file.path)]

    def place_member(self, archive: RemoteFile, member: str) -> str | None:
        """Tell where a member of `archive` goes: as if the archive were a folder of its own name, but never doubled."""
        folder = archive.stem.rpartition("/")[0]
        name = archive.stem.rpartition("/")[2]
        inner = member if member.split("/")[0] == name else f"{name}/{member}"
        return self.place(f"{folder}/{inner}".lstrip("/"))


SOURCES = {
    "diving48": Source(
        what="Diving48 V2: 16,997 clips and their labels",
        folder="diving48",
        then="python -m xdomain index diving48",
        names=DIVING48,
        servers=(SVCL,),
        limits=(JSON, JSON, JSON, 60 << 30),  # the archive has about 10 GB
        unpacked="rgb",
        place=diving48_place,
    ),
    "ts": Source(
        what="Temporal Shape as released: a folder of JPEGs per domain",
        folder="ts-released",
        then="python -m xdomain import-ts FOLDER, for each folder with a labels.csv",
        doi="doi:10.7910/DVN/EDVAIY",
    ),
    "diving48-domains": Source(
        what="the released shape and texture domains S1, S2 and T of Diving48's test clips",
        folder="diving48/released",
        then="python -m segment import-release FOLDER --as S1, and so on, for each of its folders",
        doi="doi:10.7910/DVN/MXJPIZ",
    ),
    "diver-frames": Source(
        what="303 frames of Diving48 in which the divers are labelled",
        folder="diving48/frames",
        then="python -m segment train --dataset diving48",
        doi="doi:10.7910/DVN/OXKE6E",
        place=frames_place,
    ),
    "mnist": Source(
        what="MNIST's images, the digits that move",
        folder="digits",
        then="python -m xdomain generate --domain mnist",
        names=tuple(f"{file.name}.gz" for file in mnist.FILES.values()),
        servers=mnist.MIRRORS,
        checksums=tuple(f"md5:{file.md5}" for file in mnist.FILES.values()),
    ),
}
