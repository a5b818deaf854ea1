"""The masks of one clip, and the line of a mask set that keeps them."""

import json
from dataclasses import dataclass

import numpy as np

from segment.masks import rle
from xdomain.core.errors import UserError

HEIGHT, WIDTH = 369, 492  # pixels of a frame that masks and domains are made at
THRESHOLD = 0.4  # a pixel is a diver's where its probability is more
DIVERS = 2  # at most so many are in a dive


@dataclass(frozen=True)
class ClipMasks:
    """The divers in one clip's T sampled frames."""

    name: str  # vid_name
    masks: np.ndarray  # (T, 369, 492) bool: pixels with p > 0.4 of the at most two most confident divers
    boxes: tuple[np.ndarray, ...]  # T of (K, 5) float32: x0, y0, x1, y1 (half-open pixels), confidence, falling

    def __post_init__(self) -> None:
        if self.masks.dtype != bool or self.masks.shape[1:] != (HEIGHT, WIDTH) or len(self.boxes) != len(self.masks):
            raise ValueError(f"{self.name}: masks are (T, {HEIGHT}, {WIDTH}) bool with T arrays of boxes")
        for frame, boxes in enumerate(self.boxes):
            if boxes.dtype != np.float32 or boxes.shape[1:] != (5,):
                raise ValueError(f"{self.name}, frame {frame}: boxes are (K, 5) float32, not {boxes.shape}")
            x0, y0, x1, y1, confidence = boxes.T
            inside = (x0 >= 0) & (y0 >= 0) & (x0 < x1) & (y0 < y1) & (x1 <= WIDTH) & (y1 <= HEIGHT)
            if not inside.all() or not np.isfinite(confidence).all() or (np.diff(confidence) > 0).any():
                raise ValueError(f"{self.name}, frame {frame}: boxes lie within the frame, most confident first")


def to_line(clip: ClipMasks) -> str:
    """Write one JSON line; the same masks always give the same one."""
    # str() of a float32 is its shortest exact form.
    boxes = [[[float(str(value)) for value in box] for box in frame] for frame in clip.boxes]
    return json.dumps({"name": clip.name, "masks": [rle.encode(mask) for mask in clip.masks], "boxes": boxes}) + "\n"


def from_line(line: str) -> ClipMasks:
    """Read a line that `to_line` wrote.

    Raises:
        UserError: the line is not one of a mask set.
    """
    try:
        values = json.loads(line)
        return ClipMasks(
            values["name"],
            np.stack([rle.decode(text, (HEIGHT, WIDTH)) for text in values["masks"]]),
            tuple(np.array(frame, dtype=np.float32).reshape(-1, 5) for frame in values["boxes"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise UserError(f"A clip's masks are not in the format of this version ({error}).") from error
