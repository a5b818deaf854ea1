"""Clip caches built from an archive's videos, each decoded once.

    python -m xdomain cache diving48 --part train

The files are described in `xdomain/datasets/clip_cache/writer.py`.
"""

import dataclasses
import math
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from xdomain.core.errors import UserError
from xdomain.core.workers import Tick, run
from xdomain.datasets.clip_cache.identity import DECODER, listing_sha256
from xdomain.datasets.clip_cache.writer import CacheWriter, Shard
from xdomain.datasets.diving48.listing import FRAMES_LACKING, frames_lacking, read_listing, video_folder
from xdomain.datasets.diving48.video import BadVideo, read_clip_and_lack
from xdomain.datasets.layouts.clip import Clip
from xdomain.specs.videos import ClipCacheSpec


def build_cache(spec: ClipCacheSpec, root: Path, workers: int = 1) -> Path:
    """Decode the clips of the listing `spec.part` (train or test), unless that is done already; returns the folder.

    `root` is the data root. The bytes do not depend on `workers`; after a kill the same call continues.

    Raises:
        UserError: no room, a video that cannot be used (BadVideo, named), or a cache of other clips is there.
    """
    dataset, folder = root / spec.dataset, spec.folder(root)
    clips = read_listing(dataset, spec.part)
    description = {
        **dataclasses.asdict(spec),
        "decoder": DECODER,
        "listing_sha256": listing_sha256(clips),
    }
    folder_of_videos = video_folder(dataset)
    videos = [(clip.path(folder_of_videos), clip) for clip in clips]
    try:
        return write_videos(folder, description, videos, spec, workers, frames_lacking(dataset))
    except BadVideo as error:
        raise UserError(
            f"{error} Repair or fetch the file, or run: python -m xdomain index {spec.dataset}, which finds every such "
            f"video and names it in leave-out.txt; then remove {folder} and give the same command again."
        ) from error


def write_videos(
    folder: Path,
    description: dict[str, Any],
    videos: list[tuple[Path, Clip]],
    spec: ClipCacheSpec,
    workers: int,
    allowed: int = FRAMES_LACKING,
) -> Path:
    """Write or continue the cache of `videos`, in that order, of the frames and size that `spec` says.

    Videos that lack up to `allowed` of their listed frames are noted in the cache's `index.json`.

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
    bar = tqdm(total=len(videos), desc=spec.name, unit="clip", disable=None)
    with bar:
        bar.update(len(videos) - sum(shard.stop - shard.start for shard in missing))
        digests = dict(run(partial(_write_shard, writer, videos, allowed), missing, workers, bar))
    info = writer.finish(digests)
    print(f"{folder}: done, SHA-256 {info['sha256'][:16]}…")
    if early := len(info["frames_lacking"]):
        print(f"{early} of the videos end early, by {max(info['frames_lacking'].values())} frames at most.")
    return folder


def _write_shard(
    writer: CacheWriter, videos: list[tuple[Path, Clip]], allowed: int, shard: Shard, tick: Tick
) -> tuple[int, str]:
    frames, height, width, _ = writer.clip_shape
    with writer.opened(shard) as file:
        for path, clip in videos[shard.start : shard.stop]:
            pictures, lacking = read_clip_and_lack(path, clip, frames, (height, width), allowed)
            file.add(pictures, clip.name, lacking)
            tick()
    return shard.number, file.sha256
