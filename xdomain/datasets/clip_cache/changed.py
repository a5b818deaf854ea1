"""Domains that are functions of the test clips' frames: made while they are used, or once, into a cache.

The frames are those that a model gets of the unmodified clips, so that such a domain differs from O in nothing else.
They come from the cache of the test clips where there is one, else from the videos.
"""

import dataclasses
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from xdomain.core.workers import Tick, run
from xdomain.datasets.clip_cache.clips import CachedClips, Clips, StreamedClips
from xdomain.datasets.clip_cache.identity import DECODER, listing_sha256
from xdomain.datasets.clip_cache.writer import CacheWriter, Shard
from xdomain.datasets.diving48.listing import read_listing
from xdomain.domains.change import change, identity, try_out
from xdomain.specs.videos import ClipCacheSpec


class ChangedClips:
    """The test clips in one domain, made anew each time."""

    is_decoded_here = True

    def __init__(self, spec: ClipCacheSpec, root: Path) -> None:
        self._domain, self._clips = spec.part, _unmodified(spec, root)
        self.names, self.labels, self.classes = self._clips.names, self._clips.labels, self._clips.classes
        self.info = {name: self._clips.info[name] for name in ("frames_lacking",) if name in self._clips.info}
        # Of the videos behind the clips, cached or not: a result must not depend on which of them there was.
        self.made_from: dict[str, Any] = StreamedClips(_test(spec), root).made_from

    def __getitem__(self, number: int) -> np.ndarray:
        """Make one clip, (T, H, W, 3) uint8."""
        return change(self._domain, self._clips[number], self.names[number])

    def source_videos(self, names: list[str]) -> list[str]:
        """Tell which source video each of these clips was cut from."""
        return self._clips.source_videos(names)


def build_changed(spec: ClipCacheSpec, root: Path, workers: int = 1) -> Path:
    """Write the cache of a domain that is a function of frames, unless it is there already; returns its folder.

    The bytes do not depend on `workers`; after a kill the same call continues.

    Raises:
        UserError: no such domain, its function gives another shape or type, a video that cannot be used, no room, or
            the folder has a cache of other clips or of another version of the function.
    """
    shape = (spec.frames, spec.side, spec.side, 3)
    try_out(spec.part, shape)
    clips = _unmodified(spec, root)
    description = {
        **dataclasses.asdict(spec),
        "decoder": DECODER,
        "function": identity(spec.part),
        "listing_sha256": listing_sha256(read_listing(root / spec.dataset, "test")),
    }
    writer = CacheWriter(spec.folder(root), description, clips.names, clips.labels.tolist(), shape)
    if writer.finished:
        print(f"{writer.folder} is already there.")
        return writer.folder
    missing = writer.missing()
    bar = tqdm(total=len(clips.names), desc=spec.name, unit="clip", disable=None)
    bar.update(len(clips.names) - sum(shard.stop - shard.start for shard in missing))
    with bar:
        digests = dict(run(partial(_write_shard, writer, spec, root), missing, workers, bar))
    writer.finish(digests)
    print(f"{writer.folder}: {len(clips.names)} clips")
    return writer.folder


def _write_shard(writer: CacheWriter, spec: ClipCacheSpec, root: Path, shard: Shard, tick: Tick) -> tuple[int, str]:
    clips = _unmodified(spec, root)
    lacking = clips.info.get("frames_lacking", {})
    with writer.opened(shard) as file:
        for number in range(shard.start, shard.stop):
            name = clips.names[number]
            file.add(change(spec.part, clips[number], name), name, lacking.get(name, 0))
            tick()
    return shard.number, file.sha256


def _test(spec: ClipCacheSpec) -> ClipCacheSpec:
    return dataclasses.replace(spec, part="test")


def _unmodified(spec: ClipCacheSpec, root: Path) -> Clips:
    test = _test(spec)
    return CachedClips(test, root) if test.marker(root).exists() else StreamedClips(test, root)
