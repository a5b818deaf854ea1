"""What every form of masks from elsewhere gives: for each clip its frames, and what was found in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Protocol

import numpy as np

from segment.masks.instances import Box
from xdomain.core.errors import UserError

Size = tuple[int, int]  # height, width
SLIVER = 0.01  # pixels; a side that is shorter is none
NUMBER = re.compile(r"(\d+)$")  # of a frame: what its file's name ends in


@dataclass(frozen=True)
class Detection:
    """One detection, in pixels of the frame that it was found in."""

    box: Box
    confidence: float = 1.0
    mask: np.ndarray | None = None  # (h, w) bool; None where its box alone is known


@dataclass(frozen=True)
class Frame:
    """What was found in one frame."""

    size: Size | None  # of the picture that it was found in; None for the video's own
    detections: list[Detection]


class Source(Protocol):
    """Masks or boxes of some clips."""

    form: str  # what the mask set's set.json calls it
    boxes_only: bool  # no pixels are known

    def clips(self) -> set[str]:
        """Name the clips that it has."""

    def count(self, name: str) -> int | None:
        """Count a clip's frames; None where a frame without a detection leaves no trace."""

    def frames(self, name: str, numbers: list[int]) -> Iterator[Frame]:
        """Yield frames of a clip, counted from 0.

        Raises:
            UserError: one is damaged; names it.
        """


def frame_number(path: PurePath) -> int:
    """Read the number at the end of a frame's file name.

    Raises:
        UserError: there is none.
    """
    if not (match := NUMBER.search(path.stem)):
        raise UserError(f"{path}: its name does not end in the number of a frame, such as 00017{path.suffix}.")
    return int(match[1])


def in_order(numbers: list[int], owner: str) -> int:
    """Return the number of the first frame, 0 or 1, of frames that are numbered without a gap.

    Raises:
        UserError: some are missing, or two have one number; names the first.
    """
    ordered = sorted(numbers)
    if ordered[0] > 1:
        raise UserError(f"{owner}: its frames begin with number {ordered[0]}. They are numbered from 0 or from 1.")
    for expected, number in enumerate(ordered, start=ordered[0]):
        if number != expected:
            fault = f"frame {expected} is missing" if number > expected else f"there are two frames {number}"
            raise UserError(f"{owner}: {fault}. A frame without a diver has an empty mask.")
    return ordered[0]


def checked_box(box: Box, size: Size, owner: str) -> Box:
    """Return the part of a box that lies within a frame of this size.

    Raises:
        UserError: nothing of it does, or it is no box.
    """
    height, width = size
    x0, y0 = max(box[0], 0), max(box[1], 0)
    x1, y1 = min(box[2], width), min(box[3], height)
    if not (np.isfinite(box).all() and x1 - x0 > SLIVER and y1 - y0 > SLIVER):
        shown = ", ".join(f"{value:g}" for value in box)
        raise UserError(f"{owner}: {shown} is no box x0, y0, x1, y1 within {height}×{width} pixels.")
    return x0, y0, x1, y1
