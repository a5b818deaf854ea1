"""The moving object as pixels: a white square, or a digit (paper section 3.2)."""

import numpy as np

from xdomain.studies.temporal_shape import SIDE

DIGIT_SIDE = 14  # pixels


def squares(positions: np.ndarray, width: int) -> np.ndarray:
    """White squares on black, (N, T, 64, 64) uint8, around the positions (N, T, 2) cut to whole pixels.

    A square of `width` 2 or 5 is drawn 3 or 5 pixels wide, as in the released clips; what would lie beyond
    the frame's border is left out.
    """
    offset = np.arange(SIDE) - positions.astype(np.int64)[..., None]  # N x T x 2 x 64
    inside = np.abs(offset) <= width // 2
    columns, rows = inside[:, :, 0], inside[:, :, 1]
    clips = (rows[..., :, None] & columns[..., None, :]).view(np.uint8)
    return np.multiply(clips, 255, out=clips)


def add_digits(clips: np.ndarray, positions: np.ndarray, images: np.ndarray) -> None:
    """Add one digit image (N, 14, 14) to every frame of its clip (N, T, 64, 64), in place; 255 is the limit.

    A digit's top left pixel lies at the position (N, T, 2) cut to whole pixels.
    """
    corner = positions.astype(np.int64)[..., None] + np.arange(DIGIT_SIDE)  # N x T x 2 x 14
    n, t = np.ogrid[: clips.shape[0], : clips.shape[1]]
    window = (n[..., None, None], t[..., None, None], corner[:, :, 1, :, None], corner[:, :, 0, None, :])
    total = clips[window].astype(np.uint16) + images[:, None]
    clips[window] = np.minimum(total, 255)
