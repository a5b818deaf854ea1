"""A clip's masks in numbers: what was found in it, and what of that is suspicious."""

from dataclasses import dataclass

import numpy as np

from segment.domains.pictures import untouched
from segment.masks.clip_masks import ClipMasks
from segment.masks.regions import all_boxes
from segment.review.flags import flags_of

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


def counted(boxes_only: bool) -> tuple[str, ...]:
    """Name the domains whose untouched frames are counted; of boxes alone there is no S1."""
    return COUNTED[1:] if boxes_only else COUNTED


def measure(clip: ClipMasks, domains: tuple[str, ...] = COUNTED) -> ClipMeasures:
    """Measure one clip."""
    return ClipMeasures(
        clip.name,
        flags_of(clip),
        {name: untouched(name, clip) for name in domains},
        [len(boxes) for boxes in clip.boxes],
        clip.masks.mean(axis=(1, 2)),
        all_boxes(clip).mean(axis=(1, 2)),
    )
