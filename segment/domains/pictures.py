"""The domains made from a clip and its masks: pure functions on arrays (paper, section 3.3 and appendix).

A domain shows one picture inside a region of each frame and another picture outside it. A new one is a function that
gives the region, and a line in `DOMAINS`. A user's own (`xdomain/domains/registry.py`) gives the pictures at once.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from segment.domains.blur import blurred
from segment.domains.displaced import displaced_boxes
from segment.masks.clip_masks import ClipMasks
from segment.masks.regions import all_boxes, divers, divers_boxes, nowhere, union_box
from xdomain.domains.change import change

MEAN_COLOUR = (124, 117, 104)  # of ImageNet, RGB

Picture = Callable[[np.ndarray], np.ndarray]  # one frame (H, W, 3) uint8 -> the same
Region = Callable[[ClipMasks], np.ndarray]  # -> (T, H, W) bool


def unmodified(frame: np.ndarray) -> np.ndarray:
    """Return the frame itself."""
    return frame


def mean_colour(frame: np.ndarray) -> np.ndarray:
    """Return a frame that is ImageNet's mean colour everywhere."""
    return np.full_like(frame, MEAN_COLOUR)


@dataclass(frozen=True)
class Domain:
    """`inside` is shown in the `region` of each frame, `outside` in the rest."""

    title: str
    region: Region
    inside: Picture
    outside: Picture


DOMAINS = {
    "I": Domain("unmodified, through the same resize and codec (I′)", nowhere, unmodified, unmodified),
    "S1": Domain("shape: the divers on a blurred background", divers, unmodified, blurred),
    "S2": Domain("shape: the divers' boxes on a blurred background", divers_boxes, unmodified, blurred),
    "T": Domain("texture: every box filled with the mean colour", all_boxes, mean_colour, unmodified),
    "boxes": Domain("control: every box on the mean colour", all_boxes, unmodified, mean_colour),
    "displaced": Domain("control: boxes of T's sizes filled elsewhere", displaced_boxes, mean_colour, unmodified),
    "blur": Domain("control: blurred whole", nowhere, unmodified, blurred),
    "union": Domain("control: one box for the whole clip filled", union_box, mean_colour, unmodified),
}


def compose(names: Iterable[str], frames: np.ndarray, clip: ClipMasks) -> dict[str, np.ndarray]:
    """Make the clip in several domains; what they share, such as the blur of S1 and S2, is made once.

    `frames` is (T, 369, 492, 3) uint8, and so is each of the arrays returned.
    """
    names = list(names)
    composed = [name for name in names if name in DOMAINS]
    made = dict(zip(composed, _composed([DOMAINS[name] for name in composed], frames, clip), strict=True))
    return {name: made[name] if name in made else change(name, frames, clip.name, masks=clip) for name in names}


def looks_at_masks(name: str) -> bool:
    """Tell whether a domain has a region that depends on the masks."""
    return name in DOMAINS and DOMAINS[name].region is not nowhere


def shows_pixels(name: str) -> bool:
    """Tell whether a domain shows the divers' own pixels, which of boxes alone are not known."""
    return name in DOMAINS and DOMAINS[name].region is divers


def untouched(name: str, clip: ClipMasks) -> int:
    """Count the frames with an empty region of domain `name`: left as they are in T, all blurred in S1 and S2.

    What a user's own function leaves as it is nobody knows: none is counted.
    """
    if name not in DOMAINS:
        return 0
    return int((~DOMAINS[name].region(clip).any(axis=(1, 2))).sum())


def _composed(domains: list[Domain], frames: np.ndarray, clip: ClipMasks) -> list[np.ndarray]:
    regions = [domain.region(clip).view(np.uint8) for domain in domains]
    pictures = {picture for domain in domains for picture in (domain.inside, domain.outside)}
    out = [np.empty_like(frames) for _ in domains]
    for index, frame in enumerate(frames):  # frame by frame, since one frame's pictures fit into a core's cache
        drawn = {picture: picture(frame) for picture in pictures}
        for domain, region, made in zip(domains, regions, out, strict=True):
            made[index] = drawn[domain.outside]
            cv2.copyTo(drawn[domain.inside], region[index], made[index])  # boolean indexing takes five times as long
    return out
