"""From a map of diver probabilities to divers: which pixels, which boxes, how sure. Pure functions on arrays.

The reference segments instances (Mask R-CNN) and has a score for each; masks/instances.py is for such. The other
networks segment diver against background, without region proposals. Here each connected group of pixels with p > 0.4 is
taken for one diver; the mean probability over a group is its confidence. Divers that touch or cover each other in the
picture become one group. That is the same to S1 and T, which show or hide all of them, and the one box that S2 keeps is
the hull of both; only the box IoU pays for it.
"""

import cv2
import numpy as np

from segment.masks.clip_masks import DIVERS, THRESHOLD
from segment.masks.rules import Rules


def find_divers(probability: np.ndarray, rules: Rules) -> tuple[np.ndarray, np.ndarray]:
    """Reduce one frame's probabilities to what the domains need.

    Args:
        probability: (H, W) float32, of diver.
        rules: what counts.

    Returns:
        (H, W) bool, the pixels of the two most confident divers; and (K, 5) float32, every detection's
        x0, y0, x1, y1 (half-open pixels) and confidence, the most confident first.
    """
    above = probability > THRESHOLD
    linked: np.ndarray = above.view(np.uint8)
    if rules.link:
        linked = cv2.dilate(linked, np.ones((2 * rules.link + 1,) * 2, np.uint8))
    groups, labels = cv2.connectedComponents(linked, connectivity=8)
    ys, xs = np.nonzero(above)
    group = labels[ys, xs]  # (pixels above,)
    area = np.bincount(group, minlength=groups)
    confidence = np.bincount(group, probability[ys, xs], minlength=groups) / np.maximum(area, 1)
    kept = np.flatnonzero((area >= max(1, rules.min_area)) & (confidence >= rules.min_confidence))
    kept = kept[np.lexsort((kept, -area[kept], -confidence[kept]))]
    boxes = np.zeros((len(kept), 5), np.float32)
    for row, number in zip(boxes, kept, strict=True):
        y, x = ys[group == number], xs[group == number]
        row[:] = x.min(), y.min(), x.max() + 1, y.max() + 1, confidence[number]
    mask = np.zeros(probability.shape, bool)
    mask[ys, xs] = np.isin(group, kept[:DIVERS])
    return mask, boxes


def instance_boxes(instances: np.ndarray) -> np.ndarray:
    """Return the tight boxes of labelled divers.

    Args:
        instances: (H, W) uint8, 0 background, 1, 2 divers.

    Returns:
        (M, 4) float32, x0, y0, x1, y1 (half-open pixels), in the order of the labels.
    """
    boxes = []
    for number in np.unique(instances[instances > 0]):
        ys, xs = np.nonzero(instances == number)
        boxes.append((xs.min(), ys.min(), xs.max() + 1, ys.max() + 1))
    return np.array(boxes, np.float32).reshape(-1, 4)
