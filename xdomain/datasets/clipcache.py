"""Clip caches: built once from an archive's videos, opened by training and evaluation through memory maps.

    python -m xdomain cache diving48 --part train

The files are described in `xdomain/datasets/cachewriter.py`.
"""

import dataclasses
import hashlib
import json
import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from xdomain.datasets.cachewriter import FORMAT, CacheWriter, Shard, content_sha256
from xdomain.datasets.diving48 import Clip, read_listing
from xdomain.datasets.video import BadVideo, read_clip
from xdomain.datasets.workers import Tick, run
from xdomain.errors import UserError
from xdomain.files import read_json, sha256
from xdomain.spec import ClipCacheSpec

DECODER = 1  # raised whenever the same videos give other pixels


def build_cache(spec: ClipCacheSpec, root: Path, workers: int = 1, progress: bool = True) -> Path:
    """Decode the clips of the listing `spec.part` (train or test), unless that is done already; returns the folder.

    `root` is the data root. The bytes do not depend on `workers`; after a kill the same call continues.

    Raises:
        UserError: no room, a video that cannot be used (BadVideo, named), or a cache of other clips is there.
    """
    dataset, folder = root / spec.dataset, spec.folder(root)
    clips = read_listing(dataset, spec.part)
    entries = [dataclasses.astuple(clip) for clip in clips]
    description = {
        **dataclasses.asdict(spec),
        "decoder": DECODER,
        "listing_sha256": hashlib.sha256(json.dumps(entries).encode()).hexdigest(),
    }
    videos = [(dataset / "rgb" / f"{clip.name}.mp4", clip) for clip in clips]
    try:
        return write_videos(folder, description, videos, spec, workers, progress)
    except BadVideo as error:
        raise UserError(
            f"{error} Mend or fetch the file, or run: python -m xdomain index {spec.dataset}, which finds every such "
            "video and names it in leave-out.txt; then give the same command again. Files finished so far stay."
        ) from error


def write_videos(
    folder: Path,
    description: dict[str, Any],
    videos: list[tuple[Path, Clip]],
    spec: ClipCacheSpec,
    workers: int,
    progress: bool,
) -> Path:
    """Write or continue the cache of `videos`, in that order, of the frames and size that `spec` says.

    Raises:
        UserError: no room (files finished so far stay), or the folder has a cache of other clips.
        BadVideo: a video cannot be used.
    """
    shape = (spec.frames, spec.side, spec.side, 3)
    names, labels = [clip.name for _, clip in videos], [clip.label for _, clip in videos]
    writer = CacheWriter(folder, description, names, labels, shape)
    if writer.finished:
        print(f"{folder} is already there.")
        return folder
    missing = writer.missing()
    total = len(videos) * math.prod(shape)
    print(
        f"{folder}: {len(videos):,} clips, {total / 1e6:,.0f} MB in {len(writer.shards)} files; "
        f"{writer.bytes_missing / 1e6:,.0f} MB are still to be written."
    )
    bar = tqdm(total=len(videos), desc=spec.name, unit="clip", disable=None if progress else True)
    with bar:
        bar.update(len(videos) - sum(shard.stop - shard.start for shard in missing))
        digests = dict(run(partial(_write_shard, writer, videos), missing, workers, bar))
    print(f"{folder}: done, SHA-256 {writer.finish(digests)['sha256'][:16]}…")
    return folder


def _write_shard(writer: CacheWriter, videos: list[tuple[Path, Clip]], shard: Shard, tick: Tick) -> tuple[int, str]:
    frames, height, width, _ = writer.clip_shape

    def decoded() -> Iterator[np.ndarray]:
        for path, clip in videos[shard.start : shard.stop]:
            yield read_clip(path, clip, frames, (height, width))
            tick()

    return shard.number, writer.write(shard, decoded())


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
    """One shard, (n, T, H, W, 3) uint8, read-only."""
    try:
        clips = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise UserError(
            f"{path} is not a numpy file ({error}). Remove its folder, then make the cache again."
        ) from error
    if clips.dtype != np.uint8 or clips.shape != (info["shards"][number]["clips"], *info["shape"]):
        raise UserError(f"{path} holds other arrays than a clip cache's. Remove its folder, then make the cache again.")
    return clips
