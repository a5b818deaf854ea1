"""Keep what has been fetched into a folder in its `fetched.json`, so that the same command again has nothing to do.

    {"source": "diving48", "complete": true, "files": {PATH IN THE DATA SET: {"url": …, "checksum": …, "made":
        {PATH BELOW THE FOLDER: BYTES}}}, "first_use": {PATH IN THE DATA SET: SHA-256}}

`first_use` holds what a file without a published checksum was when it first came; it has to stay that.
An archive is in it once its last member is unpacked; a plain file once the complete data set is there.
"""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xdomain.core.errors import UserError
from xdomain.core.files import read_json, sha256, write_json
from xdomain.datasets.download.transfer.remote import RemoteFile, redact

NAME = "fetched.json"


@dataclass
class Receipt:
    """The receipt of one folder."""

    folder: Path
    source: str
    complete: bool = False
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    first_use: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path, source: str) -> "Receipt":
        """Read the receipt in `folder`, or make an empty one."""
        path = folder / NAME
        if not path.exists():
            return cls(folder, source)
        kept = read_json(path)
        try:
            return cls(folder, source, bool(kept["complete"]), dict(kept["files"]), dict(kept.get("first_use", {})))
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(f"{path} is not a receipt of ours. Remove it, then give the command again.") from error

    def write(self) -> None:
        """Put it into the folder."""
        kept = {"source": self.source, "complete": self.complete, "files": self.files, "first_use": self.first_use}
        write_json(self.folder / NAME, kept)

    def add(self, file: RemoteFile, sizes: dict[str, int]) -> None:
        """Note that `file` is here, as these paths with their `sizes`."""
        self.files[file.path] = {"url": redact(file.urls[0]), "checksum": file.checksum, "made": sizes}

    def trust_on_first_use(self, file: RemoteFile, here: Path) -> None:
        """Compare `here` with what `file` was when it first came; of the first one the SHA-256 is noted and said.

        Raises:
            UserError: it is another file now.
        """
        if file.checksum:
            return
        digest = sha256(here)
        known = self.first_use.get(file.path)
        if known is None:
            print(
                f"{file.path}: no checksum is published. Its SHA-256 is {digest}; it is kept in "
                f"{self.folder / NAME}, and another file will be refused. Compare it with a colleague's.",
                file=sys.stderr,
            )
            self.first_use[file.path] = digest
            self.write()
        elif known != digest:
            raise UserError(
                f"{file.path} is another file than the one that first came from there: its SHA-256 is {digest} and was "
                f"{known}. If it was published anew, take its line out of first_use in {self.folder / NAME}, remove "
                f"{here} and give the command again."
            )

    def has(self, file: RemoteFile) -> bool:
        """Tell whether `file` is noted, is still what its server has, and all that was made of it is here."""
        noted = self.files.get(file.path)
        return bool(noted and noted["checksum"] == file.checksum and not self._missing(noted["made"]))

    @property
    def sizes(self) -> dict[str, int]:
        """The size in bytes of every file that was made, by its path below the folder."""
        return {path: size for noted in self.files.values() for path, size in noted["made"].items()}

    @property
    def damaged(self) -> list[str]:
        """Files that are gone, or of another size than when they were made."""
        return self._missing(self.sizes)

    def _missing(self, sizes: dict[str, int]) -> list[str]:
        return [path for path, size in sizes.items() if not _has_size(self.folder / path, size)]


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except (FileNotFoundError, NotADirectoryError):
        return False
