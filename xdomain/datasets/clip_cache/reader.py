"""Clip caches opened through memory maps, by training and evaluation; needs no decoder, so a login node can look too.

The files are described in `xdomain/datasets/clip_cache/writer.py`.
"""

from pathlib import Path
from typing import Any

import numpy as np

from xdomain.core.errors import UserError
from xdomain.core.files import read_json, sha256
from xdomain.core.record import checked
from xdomain.datasets.clip_cache.writer import FORMAT, content_sha256
from xdomain.schema.data import CacheIndex


class ClipCache:
    """An opened cache of N clips: `cache[i]` is a read-only view (T, H, W, 3) uint8 of the file.

    It can be sent to another process, which maps the files anew.
    """

    def __init__(self, folder: Path, info: dict[str, Any]) -> None:
        self.folder, self.info = folder, info
        self.names: list[str] = info["names"]
        self.labels = np.array(info["labels"], dtype=np.int64)  # (N,)
        self._starts = np.cumsum([0, *(shard["clips"] for shard in info["shards"])])
        self._maps: dict[int, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, clip: int) -> np.ndarray:
        if not 0 <= clip < len(self):
            raise IndexError(clip)
        number = int(np.searchsorted(self._starts, clip, side="right")) - 1
        if number not in self._maps:
            self._maps[number] = _mapped(self.folder / self.info["shards"][number]["file"], self.info, number)
        return self._maps[number][clip - self._starts[number]]

    def __reduce__(self) -> tuple:
        return ClipCache, (self.folder, self.info)  # a map would travel as all its bytes


def open_cache(folder: Path, verify: bool = True) -> ClipCache:
    """Open a cache; its clips are read from the files as they are used.

    `verify` reads all files once to compare their SHA-256; without it a file cut short is still found.

    Raises:
        UserError: the cache is missing, unfinished, of another version, cut short or altered; names the file.
    """
    described = folder / "index.json"
    if not described.exists():
        begun = (folder / "plan.json").exists()
        raise UserError(
            f"{folder} {'is an unfinished' if begun else 'has no'} clip cache (no index.json). "
            "Give the command that makes it (again): python -m xdomain cache, or python -m segment for domains."
        )
    again = f"Remove the folder {folder}, then make it again."
    info = read_json(described)
    if not isinstance(info, dict) or info.get("format") != FORMAT:
        raise UserError(f"{described} is of another format than this version reads ({FORMAT}). {again}")
    checked(CacheIndex, info, str(described), again)
    for shard in info["shards"]:
        path = folder / shard["file"]
        if not path.exists():
            raise UserError(f"{path} is missing. {again}")
        if path.stat().st_size != shard["bytes"]:
            raise UserError(f"{path} has {path.stat().st_size:,} bytes where {shard['bytes']:,} were written. {again}")
        if verify and sha256(path) != shard["sha256"]:
            raise UserError(f"{path} is damaged: its SHA-256 is not the one in {described.name}. {again}")
    if content_sha256(info["names"], info["labels"], info["shards"]) != info["sha256"]:
        raise UserError(f"{described} was altered: its names, labels and checksums do not belong together. {again}")
    return ClipCache(folder, info)


def _mapped(path: Path, info: dict[str, Any], number: int) -> np.ndarray:
    """Map one shard, (n, T, H, W, 3) uint8, read-only."""
    try:
        clips = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise UserError(
            f"{path} is not a numpy file ({error}). Remove its folder, then make the cache again."
        ) from error
    if clips.dtype != np.uint8 or clips.shape != (info["shards"][number]["clips"], *info["shape"]):
        raise UserError(f"{path} holds other arrays than a clip cache's. Remove its folder, then make the cache again.")
    return clips
