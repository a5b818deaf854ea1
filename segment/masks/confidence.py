"""How sure a detection has to be, chosen on held-out frames: where the box IoU is high over a range of thresholds.

Networks differ in how sure they are of what they find, even two trainings of one recipe. The box IoU of a few dozen
frames is a staircase, so that its highest step says little: the middle of the thresholds that are about as good does
not depend on single frames. Frames that are evaluated later take no part in it.
"""

import numpy as np

from segment.masks.boxiou import frame_pairs

THRESHOLDS = np.arange(50, 99) / 100  # those that are tried
TIE = 0.005  # of box IoU: thresholds so much below the best are about as good


def pairs_by_threshold(detections: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Return a frame's sum of IoUs and number of pairs (segment/masks/boxiou.py) with every threshold.

    Args:
        detections: (K, 5), every detection's box and confidence, however sure.
        true: (M, 4), the divers' boxes.

    Returns:
        (49, 2) float64, a row for each of `THRESHOLDS`.
    """
    return np.array(
        [frame_pairs(detections[detections[:, 4] >= threshold], true) for threshold in THRESHOLDS], np.float64
    )


def choose_threshold(pairs: np.ndarray) -> tuple[float, float]:
    """Choose the threshold to use, with its box IoU, of `pairs` (49, 2) summed over the held-out frames.

    It is the middle one of those around the best whose box IoU is at most `TIE` lower.
    """
    box_iou = pairs[:, 0] / np.maximum(1, pairs[:, 1])
    good = box_iou >= box_iou.max() - TIE
    first = last = int(box_iou.argmax())
    while first > 0 and good[first - 1]:
        first -= 1
    while last < len(good) - 1 and good[last + 1]:
        last += 1
    middle = (first + last) // 2
    return float(THRESHOLDS[middle]), float(box_iou[middle])
