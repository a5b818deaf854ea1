"""Show frames as their video wants: the display matrix of MP4 and of H.264, where it is a symmetry of a rectangle.

The matrix takes a stored pixel (p, q), to the right and down, to a shown one: x = a·p + c·q, y = b·p + d·q. Stretching
along the sides is left out, since every clip is resized; anything but the eight ways to lay a picture on its frame is
refused, because no resized clip could show it.
"""

from dataclasses import dataclass

import av
import numpy as np
from av.sidedata.sidedata import Type

PERSPECTIVE = (2, 5)  # places of u and v, which are 0 in any picture that stays flat
NEARLY = 1e-3  # of the larger entries: what fixed-point numbers make of a cosine of 0

NAMES = {
    (False, False, False): "upright",
    (False, True, True): "turned by 180°",
    (True, False, True): "turned by 90° clockwise",
    (True, True, False): "turned by 90° counter-clockwise",
    (False, False, True): "mirrored left to right",
    (False, True, False): "mirrored top to bottom",
    (True, False, False): "transposed",
    (True, True, True): "transposed across the other diagonal",
}


class UnshowableError(Exception):
    """A display matrix that is no symmetry of a rectangle; the text names it."""


@dataclass(frozen=True)
class Display:
    """Transpose first, then reverse rows and columns."""

    transposed: bool = False
    rows_reversed: bool = False
    columns_reversed: bool = False

    @property
    def name(self) -> str:
        """Such as `turned by 90° clockwise`; `upright` where nothing is to be done."""
        return NAMES[self.transposed, self.rows_reversed, self.columns_reversed]

    def stored(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return height and width of the stored picture that is shown at `size`, and the other way round."""
        return (size[1], size[0]) if self.transposed else size

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        """Turn a stored picture (H, W, 3) as it is to be shown."""
        if self.transposed:
            picture = picture.swapaxes(0, 1)
        rows, columns = (slice(None, None, -1 if back else 1) for back in (self.rows_reversed, self.columns_reversed))
        return picture[rows, columns]


def display_of(frame: av.VideoFrame) -> Display:
    """Read the frame's display matrix; upright where it has none.

    Raises:
        UnshowableError: it is no symmetry of a rectangle.
    """
    side_data = frame.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]  # PyAV takes its names too
    return Display() if side_data is None else display_from(np.frombuffer(bytes(side_data), np.int32))


def display_from(matrix: np.ndarray) -> Display:
    """Decide the display that nine numbers (a, b, u, c, d, v, x, y, w) ask for, in fixed point.

    Raises:
        UnshowableError: they are no symmetry of a rectangle.
    """
    a, b, c, d = (float(matrix[place]) for place in (0, 1, 3, 4))
    straight, across = min(abs(a), abs(d)), min(abs(b), abs(c))
    is_flat = not any(matrix[place] for place in PERSPECTIVE)
    if is_flat and max(abs(b), abs(c)) < NEARLY * straight:
        return Display(False, rows_reversed=d < 0, columns_reversed=a < 0)
    if is_flat and max(abs(a), abs(d)) < NEARLY * across:
        return Display(True, rows_reversed=b < 0, columns_reversed=c < 0)
    shown = ", ".join(f"{value / 2**16:.3g}" for value in (a, b, c, d))
    raise UnshowableError(f"its display matrix ({shown}) turns it by an odd angle, shears it or makes it vanish")
