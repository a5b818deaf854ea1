"""Mask sets beside known ones: how well each agrees with them, and a picture of all on one clip."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from segment.masks.agreement import Agreement, agreement
from segment.masks.boxiou import frame_pairs
from segment.masks.clip_masks import HEIGHT, WIDTH, ClipMasks
from segment.masks.identity import require_frames, require_same_frames
from segment.masks.mask_set import MaskSet, open_masks
from segment.review.sheets import COLUMNS, grid, marked
from xdomain.core.errors import UserError
from xdomain.datasets.diving48.listing import frames_lacking, read_listing, video_folder
from xdomain.datasets.diving48.video import read_clip


@dataclass(frozen=True)
class Comparison:
    """Mask sets of one data set by name, and the known one."""

    dataset: Path
    true: MaskSet
    sets: dict[str, MaskSet]

    def agreements(self) -> dict[str, Agreement]:
        """Measure how well each set agrees with the known one, over all of its clips.

        Raises:
            UserError: the known set has no diver in any frame.
        """
        found = {
            name: agreement(self.true, masks, self.true, pixels=not (masks.boxes_only or self.true.boxes_only))
            for name, masks in self.sets.items()
        }
        if any(result.box_iou is None for result in found.values()):
            raise UserError(f"{self.true.folder} has no diver in any frame: name another set with --truth.")
        return found

    def sheet(self) -> Image.Image:
        """Show the clip that the sets differ most in, or agree least on: original, known divers, a row for each set.

        Raises:
            UserError: no clip of the known set is listed (any more), the listing names other frames of one, or the
                video cannot be read.
        """
        clips = {clip.name: clip for clip in read_listing(self.dataset, "test")}
        listed = [name for name in self.true if name in clips]
        if not listed:
            raise UserError(f"{self.true.folder} has no clip that is listed in {self.dataset}: there is none to show.")
        require_frames(self.true, clips.values())
        name = max(listed, key=self._interest)
        known, clip = self.true[name], clips[name]
        columns = _columns(known)
        path = clip.path(video_folder(self.dataset))
        frames = read_clip(path, clip, len(known.masks), (HEIGHT, WIDTH), frames_lacking(self.dataset))
        rows = {name: frames[columns], self.true.folder.name: marked(frames, known, columns)}
        rows |= {own: marked(frames, masks[name], columns) for own, masks in self.sets.items()}
        return grid(rows, dict.fromkeys(columns, ""))

    def _interest(self, name: str) -> tuple[float, float]:
        """Measure by how much the sets' box IoU on a clip differs, and how low the lowest is."""
        known = self.true[name].boxes
        pairs = [
            np.sum([frame_pairs(*boxes) for boxes in zip(masks[name].boxes, known, strict=True)], axis=0)
            for masks in self.sets.values()
        ]
        values = [iou / count if count else 1.0 for iou, count in pairs]
        return max(values) - min(values), -min(values)


def open_comparison(dataset: Path, names: list[str], truth: str) -> Comparison:
    """Open the mask sets `names` of a data set, and the known one.

    Raises:
        UserError: there is no such set, or one lacks clips of the known set or is of other frames.
    """
    true = open_masks(dataset / "masks" / truth)
    sets = {name: open_masks(dataset / "masks" / name, true) for name in names}
    for masks in sets.values():
        require_same_frames(masks, true)
    return Comparison(dataset, true, sets)


def _columns(known: ClipMasks) -> list[int]:
    """Choose frames that show the most divers, spread over the clip."""
    counts = np.array([len(boxes) for boxes in known.boxes])
    frames = np.flatnonzero(counts == counts.max())
    return frames[np.unique(np.linspace(0, len(frames) - 1, COLUMNS).round().astype(int))].tolist()
