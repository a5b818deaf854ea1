"""A clip cache's files, read without the packages that make them: index.json, and shards of clips as numpy files."""

from pathlib import Path

import numpy as np

from xdomain.core.errors import UserError
from xdomain.core.record import read_record
from xdomain.schema.data import CacheIndex


class CacheFiles:
    """The clips of a finished cache by name; `seen` are the contents of it that runs saw, as far as they say.

    Raises:
        UserError: there is no finished cache in the folder, it is not one, or it is none that a run saw.
    """

    def __init__(self, folder: Path, seen: set[str]) -> None:
        self._folder = folder
        file = folder / "index.json"
        if not file.exists():
            raise UserError(f"{file} is missing.")
        index, _ = read_record(CacheIndex, file, "Make the cache again.")
        if seen and index.sha256 not in seen:
            raise UserError(f"{folder} was made again since the runs saw it: its clips are not theirs.")
        self.names = index.names
        self._labels = dict(zip(index.names, index.labels, strict=True))
        names = iter(index.names)
        self._places = {next(names): (shard.file, i) for shard in index.shards for i in range(shard.clips)}

    def label(self, name: str) -> int:
        """Return the clip's class."""
        return self._labels[name]

    def clip(self, name: str) -> np.ndarray:
        """Read a clip, (T, H, W, 3) uint8.

        Raises:
            UserError: the shard is missing or damaged.
        """
        file, number = self._places[name]
        try:
            return np.load(self._folder / file, mmap_mode="r", allow_pickle=False)[number]
        except (OSError, ValueError, IndexError) as error:
            raise UserError(f"{self._folder / file} cannot be read ({error}). Make the cache again.") from error
