"""Import masks or boxes that another program found: `python -m segment import-masks`. All of them, or none."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from segment.masks.clip_masks import HEIGHT, WIDTH, ClipMasks
from segment.masks.identity import begin_set_of
from segment.masks.instances import Diver, reduce_divers, scale_mask, tight_box
from segment.masks.mask_set import MaskSet, MaskShard
from segment.sources.arrays import Arrays
from segment.sources.boxes import Boxes
from segment.sources.coco import Coco
from segment.sources.pictures import Pictures
from segment.sources.source import Detection, Size, Source, checked_box
from xdomain.core.claims.claim import AlreadyClaimed, claimed
from xdomain.core.errors import UserError
from xdomain.datasets.diving48.listing import frames_lacking, listing_path, read_listing, video_folder
from xdomain.datasets.diving48.video import probe, require_enough, sampled_frames
from xdomain.datasets.layouts.clip import Clip


@dataclass(frozen=True)
class Import:
    """How masks from elsewhere are to be understood."""

    frames: int  # sampled from a clip
    covers: str = "all"  # frames of the videos, or "sampled" ones alone
    category: str = ""  # of COCO's; empty for diver or person
    min_confidence: float = 0.5  # less sure detections are left out


def open_source(path: Path, category: str = "") -> Source:
    """Open masks from elsewhere, in the form that the files show.

    Raises:
        UserError: there are none, or of two forms.
    """
    if path.is_file() and path.suffix == ".json":
        return Coco(path, category)
    if not path.is_dir():
        raise UserError(f"{path} is neither a folder nor a .json file: name the masks to import.")
    if category:
        raise UserError(f"--category {category}: only COCO's JSON has categories, and {path} is a folder.")
    opened: list[Source] = [Pictures(path), Arrays(path), Boxes(path)]
    there = [source for source in opened if source.clips()]
    if len(there) != 1:
        kinds = " and ".join(source.form for source in there) or "no masks"
        raise UserError(
            f"{path} has {kinds}. A folder holds one of these: <clip>/<number>.png, <clip>.npy or .npz, <clip>.csv."
        )
    return there[0]


def import_masks(dataset: Path, masks: str, path: Path, how: Import) -> Path:
    """Write the mask set `masks` of the test clips from `path`; returns its folder. The same ones again do nothing.

    Raises:
        UserError: names of clips, numbers of frames or sizes do not fit, a file is damaged, or there is another set of
            that name; nothing is imported then.
    """
    if not re.fullmatch(r"\w[\w.-]*", masks):
        raise UserError(f"--masks {masks} cannot name a mask set: use letters, digits, '_', '-' and '.'.")
    clips, source = read_listing(dataset, "test"), open_source(path, how.category)
    _require_clips(source, clips, dataset, path)
    folder, part = dataset / "masks" / masks, dataset / "masks" / f".{masks}.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        with claimed(part.with_suffix(".claim")):
            shutil.rmtree(part, ignore_errors=True)  # of an import that was killed
            try:
                _write(part, dataset, clips, source, how)
                _keep(part, folder)
            finally:
                shutil.rmtree(part, ignore_errors=True)
    except AlreadyClaimed as error:
        raise UserError(f"{folder} is being imported: {error}. Wait for it.") from error
    return folder


def _require_clips(source: Source, clips: list[Clip], dataset: Path, path: Path) -> None:
    """Refuse masks of clips that no listing has, and test clips without masks."""
    there, parts = source.clips(), [part for part in ("train", "test") if listing_path(dataset, part).is_file()]
    listed = {clip.name for part in parts for clip in read_listing(dataset, part, everything=True)}
    if unknown := sorted(there - listed):
        raise UserError(
            f"{path} has masks of {_some(unknown)}, which no listing of {dataset.name} has: are they of other videos?"
        )
    if missing := [clip.name for clip in clips if clip.name not in there]:
        raise UserError(f"{path} has no masks of {_some(missing)}, which the test listing of {dataset.name} has.")


def _some(names: list[str]) -> str:
    return names[0] + (f" and {len(names) - 1} other clips" if len(names) > 1 else "")


def _write(folder: Path, dataset: Path, clips: list[Clip], source: Source, how: Import) -> None:
    info = {
        "source": "segment import-masks",
        "form": source.form,
        "frames": how.frames,
        "covers": how.covers,
        "category": how.category,
        "min_confidence": how.min_confidence,
    } | ({"boxes_only": True} if source.boxes_only else {})
    begin_set_of(folder, info, clips)
    videos, allowed = video_folder(dataset), frames_lacking(dataset)
    with MaskShard(folder, 0, 1) as shard:
        for clip in tqdm(clips, "importing masks", unit="clip", disable=None):
            shard.add(_clip_masks(clip.path(videos), clip, source, how, allowed))


def _clip_masks(video: Path, clip: Clip, source: Source, how: Import, allowed: int) -> ClipMasks:
    decoded, stored, display = probe(video)
    shown = display.stored(stored)
    if how.covers == "all":
        require_enough(video, clip, decoded, allowed)
        sampled = sampled_frames(clip.start_frame, clip.end_frame, how.frames)
        wanted, expected, owner = [min(number, decoded - 1) for number in sampled], decoded, f"{video.name} has"
    else:
        wanted, expected, owner = list(range(how.frames)), how.frames, "--frames says"
    count = source.count(clip.name)
    if count is None and isinstance(source, Boxes) and source.last(clip.name) >= expected:
        count = source.last(clip.name) + 1
    if count is not None and count != expected:
        raise UserError(
            f"{clip.name} has masks of {count} frames where {owner} {expected}: they are of another video, or "
            f"--covers {how.covers} does not say what they are of (all frames of the video, or the sampled ones)."
        )
    frames = []
    for number, frame in zip(wanted, source.frames(clip.name, wanted), strict=True):
        size = frame.size or shown
        if size not in (shown, (HEIGHT, WIDTH)):
            raise UserError(
                f"{clip.name}, frame {number}: its masks have {size[0]}×{size[1]} pixels and {video.name} has "
                f"{shown[0]}×{shown[1]}. Give masks of that size, or of {HEIGHT}×{WIDTH}."
            )
        sure = [detection for detection in frame.detections if detection.confidence >= how.min_confidence]
        divers = [_diver(detection, size, f"{clip.name}, frame {number}") for detection in sure]
        frames.append(reduce_divers(diver for diver in divers if diver))
    masks, boxes = zip(*frames, strict=True)
    return ClipMasks(clip.name, np.stack(masks), boxes)


def _diver(detection: Detection, size: Size, owner: str) -> Diver | None:
    """Bring a detection to the working size; None where nothing of its mask is left there."""
    if detection.mask is not None:
        mask = scale_mask(detection.mask)
        box = tight_box(mask)
        return Diver(box, detection.confidence, mask) if box else None
    x0, y0, x1, y1 = checked_box(detection.box, size, owner)
    across, down = WIDTH / size[1], HEIGHT / size[0]
    return Diver((x0 * across, y0 * down, x1 * across, y1 * down), detection.confidence)


def _keep(part: Path, folder: Path) -> None:
    """Give the complete set its name; where the same one is there, leave that."""
    if not folder.exists():
        part.rename(folder)
        return
    new, there = MaskSet(part), MaskSet(folder)
    if new.info != there.info or new.sha256 != there.sha256:
        raise UserError(
            f"{folder} holds other masks than these. Give these another name with --masks, or remove that folder."
        )
