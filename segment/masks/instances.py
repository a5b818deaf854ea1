"""Divers one by one, as an instance network or masks from elsewhere give them, reduced to what the domains need."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from segment.masks.clip_masks import DIVERS, HEIGHT, THRESHOLD, WIDTH

Box = tuple[float, float, float, float]  # x0, y0, x1, y1, half-open pixels


@dataclass(frozen=True)
class Diver:
    """One detection in a frame of the working size."""

    box: Box
    confidence: float
    mask: np.ndarray | None = None  # (369, 492) bool; None where its box alone is known


def reduce_divers(divers: Iterable[Diver]) -> tuple[np.ndarray, np.ndarray]:
    """Reduce a frame's divers to what the domains need. Those that touch stay two.

    Returns:
        (369, 492) bool, the pixels of the two most confident (of equals the larger); and (K, 5) float32, every
        detection's box and confidence, in that order.
    """
    ranked = sorted(divers, key=lambda diver: (-diver.confidence, -_area(diver)))
    mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
    for diver in ranked[:DIVERS]:
        if diver.mask is not None:
            mask |= diver.mask
    boxes = np.array([(*diver.box, diver.confidence) for diver in ranked], dtype=np.float32)
    return mask, boxes.reshape(-1, 5)


def _area(diver: Diver) -> float:
    x0, y0, x1, y1 = diver.box
    return float((x1 - x0) * (y1 - y0)) if diver.mask is None else int(diver.mask.sum())


def scale_mask(mask: np.ndarray) -> np.ndarray:
    """Scale a diver's pixels (h, w) bool to (369, 492) bool: those of which the diver covers more than 0.4."""
    if mask.shape == (HEIGHT, WIDTH):
        return mask
    enlarged = mask.shape[0] < HEIGHT or mask.shape[1] < WIDTH
    how = cv2.INTER_LINEAR if enlarged else cv2.INTER_AREA
    return cv2.resize(mask.astype(np.float32), (WIDTH, HEIGHT), interpolation=how) > THRESHOLD


def tight_box(mask: np.ndarray) -> Box | None:
    """Return the smallest box around a mask's pixels; None where it has none."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
