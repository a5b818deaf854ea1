"""The region of the control `displaced`: boxes like those that T hides, where there is no diver."""

from hashlib import sha256

import numpy as np

from segment.masks.clip_masks import HEIGHT, WIDTH, ClipMasks
from segment.masks.regions import filled, nowhere, whole_pixels


def displaced_boxes(clip: ClipMasks) -> np.ndarray:
    """Move every detection's box elsewhere, (T, 369, 492) bool.

    All boxes of a clip move by one offset, so that they go on moving as the diver does and only what they hide is
    different. It is drawn, by the clip's name, from the offsets that overlap the detections least; where even those
    do, a box goes on to the nearest place in its frame that overlaps the detections least.
    """
    frames = [whole_pixels(boxes) for boxes in clip.boxes]
    if not sum(map(len, frames)):
        return nowhere(clip)
    offset = _offset(frames, clip.name)
    moved = [[_placed(box + np.tile(offset, 2), boxes) for box in boxes] for boxes in frames]
    return filled([np.array(boxes, dtype=np.int64).reshape(-1, 4) for boxes in moved])


def _offset(frames: list[np.ndarray], name: str) -> np.ndarray:
    """Choose (x, y) by which all boxes can move within the frame, with the least overlap in the entire clip."""
    boxes = np.concatenate(frames)
    x = np.arange(-boxes[:, 0].min(), WIDTH - boxes[:, 2].max() + 1)
    y = np.arange(-boxes[:, 1].min(), HEIGHT - boxes[:, 3].max() + 1)
    pairs = [(box, other) for frame in frames for box in frame for other in frame]
    moving, fixed = (np.stack(side)[:, :, None] for side in zip(*pairs, strict=True))  # (P, 4, 1) each
    overlap = _shared(moving[:, 1] + y, moving[:, 3] + y, fixed[:, 1], fixed[:, 3]).T @ _shared(
        moving[:, 0] + x, moving[:, 2] + x, fixed[:, 0], fixed[:, 2]
    )  # (Y, X) pixels
    best = np.argwhere(overlap == overlap.min())
    row, column = best[int.from_bytes(sha256(name.encode()).digest()[:8]) % len(best)]
    return np.array([x[column], y[row]])


def _placed(box: np.ndarray, detections: np.ndarray) -> np.ndarray:
    """Place `box` where it is, or at the nearest place that overlaps the `detections` (K, 4) least."""
    width, height = box[2:] - box[:2]
    x, y = np.arange(WIDTH - width + 1), np.arange(HEIGHT - height + 1)  # of the upper left corner
    wide = _shared(x, x + width, detections[:, :1], detections[:, 2:3])  # (K, X)
    high = _shared(y, y + height, detections[:, 1:2], detections[:, 3:])  # (K, Y)
    if not high[:, box[1]] @ wide[:, box[0]]:
        return box
    overlap = high.T @ wide  # (Y, X) pixels
    distance = np.add.outer((y - box[1]) ** 2, (x - box[0]) ** 2)
    distance[overlap > overlap.min()] = np.iinfo(distance.dtype).max
    top, left = np.unravel_index(distance.argmin(), distance.shape)
    return np.array([left, top, left + width, top + height])


def _shared(start: np.ndarray, stop: np.ndarray, other_start: np.ndarray, other_stop: np.ndarray) -> np.ndarray:
    """Measure how long two ranges overlap, broadcast; as floats, whose matrix products are fast (and exact here)."""
    return (np.minimum(stop, other_stop) - np.maximum(start, other_start)).clip(0).astype(np.float64)
