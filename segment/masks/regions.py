"""Regions of a clip's frames, from its masks: what a domain shows or hides. (T, 369, 492) bool each."""

import numpy as np

from segment.masks.clip_masks import DIVERS, HEIGHT, WIDTH, ClipMasks


def nowhere(clip: ClipMasks) -> np.ndarray:
    """Select no pixel of any frame."""
    return np.zeros_like(clip.masks)


def divers(clip: ClipMasks) -> np.ndarray:
    """Return the pixels of the two most confident divers of each frame."""
    return clip.masks


def divers_boxes(clip: ClipMasks) -> np.ndarray:
    """Return the bounding boxes of the two most confident divers of each frame."""
    return filled([whole_pixels(boxes[:DIVERS]) for boxes in clip.boxes])


def all_boxes(clip: ClipMasks) -> np.ndarray:
    """Return the bounding box of every detection of each frame."""
    return filled([whole_pixels(boxes) for boxes in clip.boxes])


def union_box(clip: ClipMasks) -> np.ndarray:
    """Fill, in every frame, the box that holds every detection of the entire clip; nothing in a clip without any."""
    boxes = whole_pixels(np.concatenate(clip.boxes))
    if not len(boxes):
        return nowhere(clip)
    box = np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])
    return filled([box[None]] * len(clip.boxes))


def whole_pixels(boxes: np.ndarray) -> np.ndarray:
    """Return the smallest boxes of whole pixels (K, 4) around `boxes` (K, 5): x0, y0, x1, y1, half-open, int64."""
    return np.concatenate([np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:4])], axis=1).astype(np.int64)


def filled(frames_boxes: list[np.ndarray]) -> np.ndarray:
    """Fill the pixels within T arrays of boxes (K, 4), whole pixels."""
    region = np.zeros((len(frames_boxes), HEIGHT, WIDTH), dtype=bool)
    for frame, boxes in zip(region, frames_boxes, strict=True):
        for x0, y0, x1, y1 in boxes:
            frame[y0:y1, x0:x1] = True
    return region
