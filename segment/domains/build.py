"""Make domains of the test clips from a mask set: `python -m segment domains`.

A clip is decoded once at 369×492; each domain composed from it goes through the codec, as the released videos did, and
is resized as every clip is. So all domains, I′ among them, have the codec's traces in common.
"""

import dataclasses
import io
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from segment.domains.pictures import DOMAINS, compose, looks_at_masks, shows_pixels, untouched
from segment.masks.clip_masks import HEIGHT, WIDTH
from segment.masks.identity import require_frames
from segment.masks.mask_set import MaskSet, open_masks, sentence_of
from xdomain.core.errors import UserError
from xdomain.core.files import atomic_file, write_or_compare
from xdomain.core.workers import Tick, run
from xdomain.datasets.clip_cache.identity import CODEC, COMPOSER, DECODER, listing_sha256
from xdomain.datasets.clip_cache.writer import CacheWriter
from xdomain.datasets.diving48.listing import frames_lacking, read_listing, video_folder
from xdomain.datasets.diving48.video import BadVideo, decode_all, encode_video, read_clip_and_lack
from xdomain.datasets.layouts.clip import Clip
from xdomain.domains.change import identity
from xdomain.specs.videos import ClipCacheSpec

FPS = 16  # of the 32 sampled frames: a dive takes about two seconds


@dataclass(frozen=True)
class Build:
    """What to make: one cache for each of `domains`, and their videos if wanted."""

    dataset: str  # a folder below the data root
    masks: str  # a mask set of it
    domains: tuple[str, ...]
    frames: int = 32  # sampled from a clip
    side: int = 224
    videos: bool = False  # also <vid_name>_cropped.mp4, as the released domains are
    allow_missing: bool = False  # leave out clips without masks, instead of refusing


def build_domains(build: Build, root: Path, workers: int = 1) -> list[Path]:
    """Write the caches below the data root, unless they are there already; returns their folders.

    The bytes do not depend on `workers`; after a kill the same call continues.

    Raises:
        UserError: clips without masks (named), masks of other frames than are listed, a video that cannot be used, no
            room, or there are caches of other masks.
    """
    dataset = root / build.dataset
    listed = read_listing(dataset, "test")
    masks, missing = _opened(build, dataset / "masks" / build.masks, listed)
    clips = [clip for clip in listed if clip.name not in missing]
    counts = _untouched(build.domains, masks, clips)
    writers = {name: _writer(build, name, root, masks, clips, missing, counts[name]) for name in build.domains}
    for name in build.domains if build.videos else ():
        _begin_videos(_videos(build, name, root), writers[name].plan)
    pending = [part for part in _parts(build, writers, clips, root) if part.caches or part.videos]
    bar = tqdm(total=len(clips), desc=f"{', '.join(build.domains)}", unit="clip", disable=None)
    bar.update(len(clips) - sum(len(part.clips) for part in pending))
    digests: dict[str, dict[int, str]] = {name: {} for name in build.domains}
    try:
        with bar:
            for number, written in run(partial(_write, build, root, writers, masks), pending, workers, bar):
                for name, digest in written.items():
                    digests[name][number] = digest
    except BadVideo as error:
        raise UserError(
            f"{error} Repair or fetch the file, or run: python -m xdomain index {build.dataset}, which names every "
            f"such video in leave-out.txt; then remove what was begun in domains/{build.masks}/ and give this command "
            "again."
        ) from error
    for name, writer in writers.items():
        writer.finish(digests[name])
        print(f"{writer.folder}: {len(clips)} clips{_said(name, counts[name], len(clips) * build.frames)}")
    if missing:
        print(f"Left out, without masks: {sentence_of(missing, shown=len(missing))}")
    return [writer.folder for writer in writers.values()]


@dataclass(frozen=True)
class _Part:
    """The clips of one shard, and the domains that still want it as a cache's shard or as videos."""

    number: int
    clips: list[Clip]
    caches: list[str]
    videos: list[str]


def _opened(build: Build, folder: Path, listed: list[Clip]) -> tuple[MaskSet, dict[str, str]]:
    """Return the mask set, and the clips that it lacks -> why."""
    masks = open_masks(folder)
    if masks.info["frames"] != build.frames:
        raise UserError(
            f"{folder} has masks of {masks.info['frames']} frames a clip, not {build.frames}. "
            f"Give --frames {masks.info['frames']}, or make other masks."
        )
    if masks.boxes_only and (names := [name for name in build.domains if shows_pixels(name)]):
        others = ",".join(name for name in build.domains if name not in names)
        raise UserError(
            f"{folder} has the divers' boxes alone, and {', '.join(names)} shows their pixels. Leave it out: "
            f"--domain {others or 'S2,T'}"
        )
    require_frames(masks, listed)
    missing = masks.missing(clip.name for clip in listed)
    if missing and not build.allow_missing:
        raise UserError(
            f"{folder} has no masks of {sentence_of(missing)}. Give the command that makes them again, "
            "or leave these clips out of the domains with --allow-missing."
        )
    if len(missing) == len(listed):
        raise UserError(f"{folder} has no masks of any test clip. Make them with: python -m segment infer.")
    return masks, missing


def _untouched(names: tuple[str, ...], masks: MaskSet, clips: list[Clip]) -> dict[str, int]:
    """Count, by domain, the frames of all clips in which it keeps or hides nothing."""
    counts = dict.fromkeys(names, 0)
    for clip in tqdm(clips, "masks", unit="clip", disable=None):
        clip_masks = masks[clip.name]
        for name in names:
            counts[name] += untouched(name, clip_masks)
    return counts


def _said(name: str, untouched: int, frames: int) -> str:
    if not looks_at_masks(name):
        return ""
    return f"; {untouched} of {frames} frames without a diver to keep or to hide"


def _writer(
    build: Build, name: str, root: Path, masks: MaskSet, clips: list[Clip], missing: dict[str, str], untouched: int
) -> CacheWriter:
    spec = ClipCacheSpec(build.dataset, name, build.frames, build.side, build.masks)
    description = {
        **dataclasses.asdict(spec),
        "decoder": DECODER,
        "composer": COMPOSER,
        "codec": CODEC,
        "listing_sha256": listing_sha256(clips),
        **({} if name in DOMAINS else {"function": identity(name)}),
        "masks_sha256": masks.sha256,
        "masks_info": masks.info,
        "missing": missing,
        "untouched_frames": untouched,
    }
    shape = (build.frames, build.side, build.side, 3)
    return CacheWriter(
        spec.folder(root), description, [clip.name for clip in clips], [clip.label for clip in clips], shape
    )


def _videos(build: Build, name: str, root: Path) -> Path:
    return root / build.dataset / "domains" / build.masks / "videos" / name


def _video(folder: Path, clip: Clip) -> Path:
    return folder / f"{clip.name}_cropped.mp4"


def _begin_videos(folder: Path, plan: dict[str, Any]) -> None:
    """Note what the videos are made from; refuse a folder of other ones."""
    described, plan = folder / "made-from.json", {key: plan[key] for key in plan if key not in ("side", "shape")}
    if not write_or_compare(described, plan):
        raise UserError(f"{folder} has videos made otherwise. Remove that folder, then give the command again.")


def _parts(build: Build, writers: dict[str, CacheWriter], clips: list[Clip], root: Path) -> list[_Part]:
    parts = []
    for shard in next(iter(writers.values())).shards:  # the same in all caches: of one number and size of clips
        mine = clips[shard.start : shard.stop]
        caches = [name for name, writer in writers.items() if shard in writer.missing()]
        videos = [
            name
            for name in (build.domains if build.videos else ())
            if not all(_video(_videos(build, name, root), clip).exists() for clip in mine)
        ]
        parts.append(_Part(shard.number, mine, caches, videos))
    return parts


def _write(
    build: Build, root: Path, writers: dict[str, CacheWriter], masks: MaskSet, part: _Part, tick: Tick
) -> tuple[int, dict[str, str]]:
    """Write one part; returns its number, and domain -> SHA-256 of the shard written."""
    wanted = [name for name in build.domains if name in (*part.caches, *part.videos)]
    allowed = frames_lacking(root / build.dataset)
    with ExitStack() as stack:
        shards = {
            name: stack.enter_context(writers[name].opened(writers[name].shards[part.number])) for name in part.caches
        }
        for clip in part.clips:
            path = clip.path(video_folder(root / build.dataset))
            frames, lacking = read_clip_and_lack(path, clip, build.frames, (HEIGHT, WIDTH), allowed)
            for name, made in compose(wanted, frames, masks[clip.name]).items():
                video = encoded(made)
                if name in shards:
                    pictures = decode_all(io.BytesIO(video), (build.side, build.side))
                    shards[name].add(pictures, clip.name, lacking)
                if name in part.videos:
                    with atomic_file(_video(_videos(build, name, root), clip)) as file:
                        file.write(video)
            tick()
    return part.number, {name: shard.sha256 for name, shard in shards.items()}


def encoded(frames: np.ndarray) -> bytes:
    """Encode the frames (T, H, W, 3) uint8 as an H.264 video."""
    buffer = io.BytesIO()
    encode_video(buffer, frames, fps=FPS, **CODEC)
    return buffer.getvalue()
