"""How well the found divers of a mask set agree with known ones, such as mini-Diving48's."""

from dataclasses import dataclass

import numpy as np

from segment.boxiou import frame_pairs
from segment.masks import ClipMasks, MaskSet
from xdomain.errors import UserError


@dataclass(frozen=True)
class Agreement:
    """Over all frames of the clips that both sets have."""

    clips: int
    frames: int
    box_iou: float  # segment/boxiou.py
    mask_iou: float  # of the pixels of the at most two divers in a frame
    hidden: float  # the share of true diver pixels inside found boxes, which is what T hides


def agreement(found: MaskSet, true: MaskSet) -> Agreement:
    """Compare two mask sets, made at the same frames.

    Raises:
        UserError: they have no clip in common, or another number of frames.
    """
    names = [name for name in found if name in true]
    if not names:
        raise UserError(f"{found.folder} and {true.folder} have no clip in common.")
    if found.info["frames"] != true.info["frames"]:
        raise UserError(
            f"{found.folder} has {found.info['frames']} frames a clip and {true.folder} {true.info['frames']}: "
            "make one of them again with the other's --frames."
        )
    counts = np.zeros(6)  # IoU summed, pairs, common pixels, joint pixels, true pixels, hidden pixels
    for name in names:
        counts += _clip(found[name], true[name])
    iou, pairs, common, joint, pixels, hidden = counts
    frames = len(names) * true.info["frames"]
    return Agreement(len(names), frames, iou / max(1, pairs), common / max(1, joint), hidden / max(1, pixels))


def _clip(found: ClipMasks, true: ClipMasks) -> np.ndarray:
    pairs = [frame_pairs(ours, theirs) for ours, theirs in zip(found.boxes, true.boxes, strict=True)]
    inside = np.zeros_like(true.masks)  # (T, H, W)
    for frame, boxes in zip(inside, found.boxes, strict=True):
        for x0, y0, x1, y1 in boxes[:, :4].round().astype(int).tolist():
            frame[y0:y1, x0:x1] = True
    return np.array(
        [
            sum(iou for iou, _ in pairs),
            sum(count for _, count in pairs),
            (found.masks & true.masks).sum(),
            (found.masks | true.masks).sum(),
            true.masks.sum(),
            (inside & true.masks).sum(),
        ]
    )
