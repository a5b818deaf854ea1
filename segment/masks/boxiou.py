"""Box IoU: how well the boxes of found divers fit the true ones. By it the best checkpoint is chosen.

In a frame, detections and true divers are paired one to one so that the sum of the pairs' intersections over unions is
the largest. A diver without a pair (missed) and a detection without a pair (extra) each count as a pair with IoU 0.
The box IoU of a set of frames is the mean over all pairs of all frames; frames with neither divers nor detections have
no pairs. Every detection counts, not only the two most confident: T hides all of them.

The reference reports 93 % "validation box IoU" of its Mask R-CNN; `reference_box_iou` is that measure as its published
training code has it, which no missed second diver and hardly an extra detection can lower.
"""

import numpy as np
from scipy.optimize import linear_sum_assignment


def box_ious(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Compute the IoU of boxes (K, 4) with boxes (M, 4), as (K, M); x0, y0, x1, y1 in half-open pixels."""
    a, b = first[:, None, :4], second[None, :, :4]
    overlap = (np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])).clip(0).prod(-1)
    union = (a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1) - overlap
    return overlap / union


def frame_pairs(detections: np.ndarray, true: np.ndarray) -> tuple[float, int]:
    """Sum one frame's IoUs over its pairs, and count the pairs: the larger of the two counts."""
    if not len(detections) or not len(true):
        return 0.0, max(len(detections), len(true))
    ious = box_ious(detections, true)
    pairs = linear_sum_assignment(ious, maximize=True)
    return float(ious[pairs].sum()), max(ious.shape)


def reference_box_iou(detections: np.ndarray, true: np.ndarray) -> float | None:
    """Measure one frame as the reference did: the IoU with the first labelled diver of the detections that fit it best.

    Of K detections the best tenth is averaged, of fewer than twenty the best one; a set's measure is the mean over its
    frames. None of a frame without a diver, which the reference's frames all have; 0 where nothing is detected.
    """
    if not len(true):
        return None
    if not len(detections):
        return 0.0
    best = np.sort(box_ious(detections, true[:1])[:, 0])[::-1]
    return float(best[: max(1, len(best) // 10)].mean())
