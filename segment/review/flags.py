"""Frames in which a clip's detections are not plausible: they stand in for looking at every clip.

A dive is seen whole, from the board to the water, so a diver who is gone for some frames, leaps across the picture or
fills it is more likely a fault of the segmentation.
"""

import numpy as np

from segment.masks.clip_masks import DIVERS, HEIGHT, WIDTH, ClipMasks

JUMP = WIDTH / 4  # pixels between the centres of boxes in neighbouring frames, without any overlap
FILLING = 0.5  # of the frame's area
FLAGS = {
    "no diver": "nothing was found",
    "vanishing": "nothing was found, between frames with a diver",
    "jumping": f"the surest box is more than {JUMP:.0f} pixels from each of the frame before, and overlaps none",
    "filling": f"a box covers more than {FILLING:.0%} of the frame",
    "crowded": f"more than {DIVERS} detections",
}


def flags_of(clip: ClipMasks) -> dict[str, list[int]]:
    """Return the frames (from 0) that each of `FLAGS` is raised in; all flags are keys."""
    raised: dict[str, list[int]] = {flag: [] for flag in FLAGS}
    detected = [frame for frame, boxes in enumerate(clip.boxes) if len(boxes)]
    for frame, boxes in enumerate(clip.boxes):
        if not len(boxes):
            raised["no diver"].append(frame)
            if detected and detected[0] < frame < detected[-1]:
                raised["vanishing"].append(frame)
            continue
        if frame and len(clip.boxes[frame - 1]) and _jumped(boxes[0], clip.boxes[frame - 1][:DIVERS]):
            raised["jumping"].append(frame)
        if ((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).max() > FILLING * HEIGHT * WIDTH:
            raised["filling"].append(frame)
        if len(boxes) > DIVERS:
            raised["crowded"].append(frame)
    return raised


def _jumped(box: np.ndarray, before: np.ndarray) -> bool:
    """Tell whether `box` (5,) is far from, and does not overlap, each of the boxes `before` (K, 5)."""
    apart = (np.maximum(before[:, :2], box[:2]) >= np.minimum(before[:, 2:4], box[2:4])).any(axis=1)
    moved = (before[:, :2] + before[:, 2:4] - box[:2] - box[2:4]) / 2  # (K, 2) between centres
    return bool((apart & (np.hypot(*moved.T) > JUMP)).all())
