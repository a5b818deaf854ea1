"""Moving pictures that a reader can stop and step through: all frames of a clip in one still picture.

They stand one below another, and the page slides that picture behind a window. Unlike an animated picture it can be
paused at any frame, clips beside each other keep in step, and a reader who asked for less motion sees a still one.
"""

import base64
import io
from typing import NamedTuple

import numpy as np
from PIL import Image

QUALITY = 72  # of WebP where its lossless form is larger


class Sprite(NamedTuple):
    """All frames of a clip, one below another."""

    caption: str
    label: str  # for readers who do not see it
    frames: int
    aspect: str  # of one frame: "4/3"
    address: str
    is_sharp: bool


class Player(NamedTuple):
    """Clips that play together, with a button and a slider over their frames."""

    name: str  # of what its controls move
    kind: str  # "strips" below each other or "domains" beside each other
    sprites: list[Sprite]
    classes: tuple[str, ...] = ()  # names below the parts of every clip
    heading: str = ""


def sprite(frames: np.ndarray, caption: str, label: str, sharp: bool = False) -> Sprite:
    """Make (T, H, W) or (T, H, W, 3) uint8 frames one picture; `sharp` keeps pixels square."""
    count, height, width = frames.shape[:3]
    sheet = Image.fromarray(np.concatenate(frames))
    packed = min((_webp(sheet, lossless) for lossless in (True, False)), key=len)
    address = f"data:image/webp;base64,{base64.b64encode(packed).decode()}"
    return Sprite(caption, label, count, f"{width}/{height}", address, sharp)


def _webp(picture: Image.Image, lossless: bool) -> bytes:
    file = io.BytesIO()
    picture.save(file, "WEBP", lossless=lossless, quality=100 if lossless else QUALITY, method=4)
    return file.getvalue()
