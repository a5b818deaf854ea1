"""The moving object as pixels: a white square, or a digit (paper section 3.2); and what JPEG makes of them."""

import io

import numpy as np
from PIL import Image

from xdomain.studies.temporal_shape import SIDE

DIGIT_SIDE = 14  # pixels
WHITE = 255
QUALITY = 75  # of the published JPEG files


def squares(positions: np.ndarray, width: int, cut: bool) -> np.ndarray:
    """Draw white squares on black, (N, T, 64, 64) uint8, around the positions (N, T, 2) cut to whole pixels.

    A square of `width` 2 or 5 is drawn 3 or 5 pixels wide, as in the released clips. One whose corner would begin at
    a negative coordinate is cut at the frame's border with `cut`, else it is not drawn in that frame, as published;
    what would lie beyond the other borders is left out either way.
    """
    half = width // 2
    pixel = positions.astype(np.int64)
    inside = np.abs(np.arange(SIDE) - pixel[..., None]) <= half  # N x T x 2 x 64
    if not cut:
        inside &= (pixel >= half)[..., None]
    columns, rows = inside[:, :, 0], inside[:, :, 1]
    clips = (rows[..., :, None] & columns[..., None, :]).view(np.uint8)
    return np.multiply(clips, WHITE, out=clips)


def add_digit(frames: np.ndarray, positions: np.ndarray, image: np.ndarray) -> None:
    """Add a digit (14, 14) to every frame of one clip (T, 64, 64), in place and without a limit.

    The digit's top left pixel lies at the position (T, 2) cut to whole pixels.
    """
    for frame, (x, y) in zip(frames, positions.astype(np.int64).tolist(), strict=True):
        frame[y : y + DIGIT_SIDE, x : x + DIGIT_SIDE] += image


def through_jpeg(clip: np.ndarray) -> np.ndarray:
    """Return the frames (T, 64, 64), uint8, as they come back from grey JPEG files of the published quality.

    All frames are one tall picture: JPEG codes a grey picture in blocks of 8×8 pixels that do not know each other,
    and a frame's border is a block's, so that each frame comes back as from a file of its own, six times as fast.
    """
    file = io.BytesIO()
    Image.fromarray(clip.reshape(-1, SIDE)).save(file, "JPEG", quality=QUALITY)
    with Image.open(file) as picture:
        return np.asarray(picture).reshape(clip.shape)
