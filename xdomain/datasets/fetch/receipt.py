"""What has been fetched into a folder, kept in its `fetched.json`, so that the same command again has nothing to do.

    {"source": "diving48", "complete": true, "files": {PATH IN THE DATA SET: {"url": …, "checksum": …, "made":
        {PATH BELOW THE FOLDER: BYTES}}}}

An archive is in it once its last member is unpacked; a plain file once the whole data set is there.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xdomain.datasets.fetch.remote import RemoteFile
from xdomain.errors import UserError
from xdomain.files import read_json, write_json

NAME = "fetched.json"


@dataclass
class Receipt:
    """The receipt of one folder."""

    folder: Path
    source: str
    complete: bool = False
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path, source: str) -> "Receipt":
        """The receipt in `folder`, or an empty one."""
        path = folder / NAME
        if not path.exists():
            return cls(folder, source)
        kept = read_json(path)
        try:
            return cls(folder, source, bool(kept["complete"]), dict(kept["files"]))
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(f"{path} is not a receipt of ours. Remove it, then give the command again.") from error

    def write(self) -> None:
        """Put it into the folder."""
        write_json(self.folder / NAME, {"source": self.source, "complete": self.complete, "files": self.files})

    def add(self, file: RemoteFile, made: dict[str, int]) -> None:
        """Note that `file` is here, as the paths and sizes `made`."""
        self.files[file.path] = {"url": file.urls[0], "checksum": file.checksum, "made": made}

    def has(self, file: RemoteFile) -> bool:
        """Whether `file` is noted, is still what its server has, and all that was made of it is here."""
        noted = self.files.get(file.path)
        return bool(noted) and noted["checksum"] == file.checksum and not self._missing(noted["made"])

    @property
    def made(self) -> dict[str, int]:
        """The size in bytes of every file that was made, by its path below the folder."""
        return {path: size for noted in self.files.values() for path, size in noted["made"].items()}

    @property
    def damaged(self) -> list[str]:
        """Files that are gone, or of another size than when they were made."""
        return self._missing(self.made)

    def _missing(self, made: dict[str, int]) -> list[str]:
        return [path for path, size in made.items() if not _has_size(self.folder / path, size)]


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except (FileNotFoundError, NotADirectoryError):
        return False
