"""The labelled frames that the diver network learns from, in the layout of doi:10.7910/DVN/OXKE6E.

frames/images/<name>.png or .jpg      pictures of any size
frames/masks/<name>.png               of the same size, RGB: each diver one colour, the background black

A mask that is all black says that its frame shows no diver: the network learns what to leave alone, and how sure it
has to be is chosen with such frames in view. The released set has none.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from tqdm import tqdm

from segment.masks.clip_masks import DIVERS, HEIGHT, WIDTH
from xdomain.core.errors import UserError

PICTURES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class LabelledFrame:
    """One frame at the working size."""

    name: str
    image: np.ndarray  # (369, 492, 3) uint8, RGB
    instances: np.ndarray  # (369, 492) uint8: 0 background, 1, 2 divers


def list_frames(folder: Path) -> list[tuple[Path, Path]]:
    """List the (image, mask) paths below `folder`, sorted by name.

    Raises:
        UserError: there are none, or an image has no mask, or a mask no image.
    """
    images, masks = ({p.stem: p for p in _pictures(folder / part)} for part in ("images", "masks"))
    if not images and not masks:
        raise UserError(
            f"There are no labelled frames in {folder}: put the pictures into {folder / 'images'} and the masks of the "
            f"same names into {folder / 'masks'} (doi:10.7910/DVN/OXKE6E has them in this layout)."
        )
    for ours, theirs, kind in ((images, masks, "mask"), (masks, images, "image")):
        if alone := sorted(ours.keys() - theirs.keys()):
            others = f" and {len(alone) - 1} more" if len(alone) > 1 else ""
            raise UserError(f"{ours[alone[0]]}{others} has no {kind} of the same name: add it, or remove the file.")
    return [(images[name], masks[name]) for name in sorted(images)]


def _pictures(folder: Path) -> list[Path]:
    return sorted(p for p in folder.glob("*") if p.suffix.lower() in PICTURES and not p.name.startswith("."))


def read_frame(image: Path, mask: Path) -> LabelledFrame:
    """Read and check one frame and its mask, and bring both to the working size.

    Raises:
        UserError: a file is no picture, the sizes differ, the mask is not RGB or has more than two divers.
    """
    picture, colours = _read(image), _read(mask)
    if picture.size != colours.size:
        raise UserError(
            f"{mask} is {colours.width} x {colours.height} pixels and its image {picture.width} x {picture.height}: "
            "a mask has its image's size."
        )
    if colours.mode not in ("RGB", "RGBA"):
        raise UserError(
            f"{mask} is a picture of mode {colours.mode}: masks are RGB, one colour a diver and black elsewhere."
        )
    instances = _instances(np.asarray(colours.convert("RGB")), mask)
    return LabelledFrame(
        image.stem,
        cv2.resize(np.asarray(picture.convert("RGB")), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA),
        cv2.resize(instances, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST_EXACT),
    )


def _read(path: Path) -> Image.Image:
    try:
        with Image.open(path) as picture:
            picture.load()
            return picture
    except (OSError, ValueError, SyntaxError) as error:  # what Pillow raises for truncated and foreign files
        raise UserError(f"{path} cannot be read as a picture ({error}). Fetch it again, or remove it.") from error


def _instances(mask: np.ndarray, path: Path) -> np.ndarray:
    """Map (H, W, 3) colours to (H, W) labels: the divers' colours, in ascending order of RGB, become 1 and 2."""
    codes = mask.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    colours = np.unique(codes)
    divers = colours[colours > 0]
    if len(divers) > DIVERS:
        shown = ", ".join(f"#{code:06x}" for code in divers[:4]) + (", ..." if len(divers) > 4 else "")
        raise UserError(
            f"{path} has {len(divers)} colours besides black ({shown}): each diver is one flat colour, and a frame has "
            "at most two. Blended edges come from saving a mask as JPEG or from resizing it."
        )
    return np.searchsorted(divers, codes, side="right").astype(np.uint8)


def read_frames(pairs: list[tuple[Path, Path]]) -> list[LabelledFrame]:
    """Read every pair as `read_frame` does, with a progress bar."""
    return [read_frame(*pair) for pair in tqdm(pairs, "reading frames", unit="frame", disable=None)]


def split_frames(names: list[str], val_frames: int, seed: int) -> tuple[list[str], list[str]]:
    """Split frames at random into (training, validation) names, both sorted.

    The order is that of SHA-256 digests of seed and name, so it depends on no generator and not on other frames.

    Raises:
        UserError: nothing would be left to train on.
    """
    if val_frames >= len(names):
        raise UserError(
            f"There are {len(names)} labelled frames and {val_frames} are to be held out for validation: "
            "give a smaller --val-frames, or label more."
        )
    order = sorted(names, key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).digest())
    return sorted(order[val_frames:]), sorted(order[:val_frames])
