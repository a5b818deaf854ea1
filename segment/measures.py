"""A mask set in numbers: what was found in each clip, and how that fits the truth where it is known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from segment.boxiou import mean_box_iou
from segment.domains import untouched
from segment.flags import flags_of
from segment.masks import ClipMasks
from segment.regions import all_boxes

COUNTED = ("S1", "S2", "T")  # the domains whose untouched frames are counted


@dataclass(frozen=True)
class ClipMeasures:
    """One clip's T frames."""

    name: str
    flags: dict[str, list[int]]  # flag -> frames
    untouched: dict[str, int]  # domain -> frames: blurred whole in S1 and S2, whole in T
    detections: list[int]  # of each frame
    divers: np.ndarray  # (T,) share of the frame that is diver
    hidden: np.ndarray  # (T,) share of the frame that T hides

    @property
    def suspicious(self) -> list[int]:
        """The frames with a flag, in their order.

        That nothing is found is only suspicious between frames with a diver, or in more than half of the clip: before
        the takeoff and under the water there is nothing to find.
        """
        raised = dict(self.flags)
        if len(raised["no diver"]) <= len(self.detections) / 2:
            del raised["no diver"]
        return sorted({frame for frames in raised.values() for frame in frames})


def measure(clip: ClipMasks) -> ClipMeasures:
    """The measures of one clip."""
    return ClipMeasures(
        clip.name,
        flags_of(clip),
        {name: untouched(name, clip) for name in COUNTED},
        [len(boxes) for boxes in clip.boxes],
        clip.masks.mean(axis=(1, 2)),
        all_boxes(clip).mean(axis=(1, 2)),
    )


def against_truth(names: Iterable[str], masks: Mapping[str, ClipMasks], truth: Mapping[str, ClipMasks]) -> dict:
    """How the masks of the clips `names` fit the true ones.

    `box_iou` is the mean over paired boxes (segment/boxiou.py). `hidden_by_t` and `kept_by_s1` are the shares of all
    true diver pixels that T hides and that S1 shows; `shown_wrongly_by_s1` is the share of S1's shown pixels that are
    no diver. A measure is None where there is nothing to measure.
    """
    frames, true_pixels, hidden, kept, shown = [], 0, 0, 0, 0
    for name in names:
        found, true = masks[name], truth[name]
        frames += zip(found.boxes, true.boxes, strict=True)
        true_pixels += int(true.masks.sum())
        hidden += int((true.masks & all_boxes(found)).sum())
        kept += int((true.masks & found.masks).sum())
        shown += int(found.masks.sum())
    box_iou = mean_box_iou(frames)
    return {
        "box_iou": None if np.isnan(box_iou) else box_iou,
        "hidden_by_t": hidden / true_pixels if true_pixels else None,
        "kept_by_s1": kept / true_pixels if true_pixels else None,
        "shown_wrongly_by_s1": 1 - kept / shown if shown else None,
    }
