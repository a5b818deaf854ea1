"""A file that a server has, and how to tell whether some bytes are that file."""

import hashlib
import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

UNKNOWN = 1 << 30  # bytes that a file may have whose size nobody publishes
ARCHIVES = (".zip", ".tar.gz", ".tgz")
MAGIC = {".zip": b"PK", ".gz": b"\x1f\x8b", ".tgz": b"\x1f\x8b"}  # what a file of such a name begins with


def redact(text: str) -> str:
    """Take user names and passwords out of the URLs in `text`, for whatever is shown or kept."""
    return re.sub(r"(?<=://)[^/?#\s]*@", "", text)


@dataclass(frozen=True)
class RemoteFile:
    """One file of a data set."""

    path: str  # where it belongs below the data set's folder, with / between folders
    urls: tuple[str, ...]  # the same file on several servers, tried in order
    size: int | None = None  # bytes; None where nobody publishes it
    checksum: str | None = None  # algorithm:hex, such as md5:9e107d9d…; None where nobody publishes it
    limit: int = UNKNOWN  # bytes beyond which it cannot be this file, where its size is not published

    @property
    def most(self) -> int:
        """Bytes that a server may send of it."""
        return self.limit if self.size is None else self.size

    @property
    def curl(self) -> str:
        """A command that fetches it by hand, with its name quoted for a shell."""
        return shlex.join(["curl", "-L", "-C", "-", "-o", self.name, redact(self.urls[0])])

    @property
    def name(self) -> str:
        """Without folders."""
        return self.path.rpartition("/")[2]

    @property
    def is_archive(self) -> bool:
        """Whether its content is wanted instead of itself."""
        return self.name.lower().endswith(ARCHIVES)

    @property
    def stem(self) -> str:
        """The path without an archive's ending."""
        ending = next((ending for ending in ARCHIVES if self.path.lower().endswith(ending)), "")
        return self.path[: len(self.path) - len(ending)]

    def fault(self, file: Path) -> str | None:
        """Tell why `file` is not this file, or None. A published checksum decides, else size and the name's kind."""
        if self.checksum:
            algorithm, _, wanted = self.checksum.partition(":")
            digest = _digest(file, algorithm)
            if digest != wanted.lower():
                return f"its {algorithm.upper()} is {digest} and should be {wanted}"
            return None
        size = file.stat().st_size
        if size > self.most and self.size is None:
            return f"it has {size:,} bytes, more than the {self.limit:,} that it may have"
        if self.size is not None and size != self.size:
            return f"it has {size:,} bytes and should have {self.size:,}"
        ending = Path(self.name).suffix.lower()
        with file.open("rb") as opened:
            if not opened.read(2).startswith(MAGIC.get(ending, b"")):
                return f"its bytes are not those of a {ending} file"
        if ending == ".json":
            try:
                json.loads(file.read_bytes())
            except (ValueError, RecursionError) as error:
                return f"it is not complete JSON ({error})"
        return None


def _digest(file: Path, algorithm: str) -> str:
    with file.open("rb") as opened:
        # Said not to be for security, or machines in FIPS mode refuse MD5.
        return hashlib.file_digest(opened, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()
