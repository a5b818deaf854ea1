"""Clips' masks drawn by hand, for tests of what reads them."""

import numpy as np

from segment.masks.clip_masks import HEIGHT, WIDTH, ClipMasks


def clip_masks(name: str, *frames: list[tuple[float, ...]], confidence: float = 0.9) -> ClipMasks:
    """One list of boxes (x0, y0, x1, y1) for each frame, the most confident first.

    The mask of a frame is the upper half of each of its first two boxes.
    """
    masks = np.zeros((len(frames), HEIGHT, WIDTH), dtype=bool)
    boxes = []
    for mask, drawn in zip(masks, frames, strict=True):
        for x0, y0, x1, y1 in drawn[:2]:
            mask[int(y0) : int(y0 + y1) // 2, int(x0) : int(x1)] = True
        rows = [(*box, confidence - 0.1 * rank) for rank, box in enumerate(drawn)]
        boxes.append(np.array(rows, dtype=np.float32).reshape(-1, 5))
    return ClipMasks(name, masks, tuple(boxes))
