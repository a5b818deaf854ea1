"""How well the found divers of a mask set agree with known ones, such as mini-Diving48's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from segment.masks.boxiou import frame_pairs
from segment.masks.clip_masks import ClipMasks
from segment.masks.regions import all_boxes
from xdomain.core.errors import UserError


@dataclass(frozen=True)
class Agreement:
    """Shares over all frames of all clips; None where there is nothing to measure."""

    clips: int
    frames: int
    box_iou: float | None  # mean over paired boxes (segment/masks/boxiou.py)
    mask_iou: float | None  # of the pixels of the at most two divers in a frame
    hidden_by_t: float | None  # of the true diver pixels, those in found boxes
    kept_by_s1: float | None  # of the true diver pixels, those found
    shown_wrongly_by_s1: float | None  # of the found pixels, those that are no diver


def agreement(
    names: Iterable[str], predicted: Mapping[str, ClipMasks], true: Mapping[str, ClipMasks], pixels: bool = True
) -> Agreement:
    """Compare the masks of the clips `names`, which both have; without `pixels` one of the two has boxes alone.

    Raises:
        UserError: there is no clip, or a clip has another number of frames.
    """
    names = list(names)
    if not names:
        raise UserError("There is no clip to compare. Make the masks first: python -m segment infer.")
    counts = np.sum([_counts(predicted[name], true[name]) for name in names], axis=0)
    frames, iou, pairs, true_pixels, found_pixels, common, hidden = counts.tolist()
    return Agreement(
        clips=len(names),
        frames=int(frames),
        box_iou=_share(iou, pairs),
        mask_iou=_share(common, true_pixels + found_pixels - common) if pixels else None,
        hidden_by_t=_share(hidden, true_pixels),
        kept_by_s1=_share(common, true_pixels) if pixels else None,
        shown_wrongly_by_s1=_share(found_pixels - common, found_pixels) if pixels else None,
    )


def _share(part: float, total: float) -> float | None:
    return part / total if total else None


def _counts(predicted: ClipMasks, true: ClipMasks) -> np.ndarray:
    """Count (7,): frames; IoU summed and pairs; true, found, common and hidden pixels."""
    if len(predicted.masks) != len(true.masks):
        raise UserError(
            f"Clip {predicted.name} has found masks of {len(predicted.masks)} frames and true ones of "
            f"{len(true.masks)}: make one of the two sets again with the other's --frames."
        )
    pairs = [frame_pairs(ours, theirs) for ours, theirs in zip(predicted.boxes, true.boxes, strict=True)]
    pixels = [true.masks, predicted.masks, true.masks & predicted.masks, true.masks & all_boxes(predicted)]
    return np.array([len(true.masks), *np.sum(pairs, axis=0), *(part.sum() for part in pixels)])
