"""Draw what divers jump from: a springboard on its stand or a concrete platform, with its railing."""

from dataclasses import dataclass

import cv2
import numpy as np

from xdomain.datasets.mini_diving.scene.camera import Track, View

SPRINGBOARDS, PLATFORMS = (1.0, 3.0), (3.0, 5.0, 7.5, 10.0)  # metres above the water
FULCRUM = -1.9  # metres from the tip
BENDS = 4  # straight pieces that a bent board is drawn in


@dataclass(frozen=True)
class Board:
    """One kind of board. Its tip is at x = 0."""

    height: float  # metres
    springs: bool
    colour: np.ndarray  # RGB

    def faces(self, tip: float) -> list[tuple[np.ndarray, float]]:
        """List its flat parts in the order in which they are painted, each (4, 3) world points about y = 0 and a tone.

        `tip` is how many metres the tip is up.
        """
        return self._springboard(tip) if self.springs else self._platform()

    def _platform(self) -> list[tuple[np.ndarray, float]]:
        top, half = self.height, 0.8
        slab = top - 0.28
        return [
            (_upright(-2.6, -1.7, 0, top, 0), 0.62),
            (_level(-6, 0, top, top, half), 1.1),
            (_upright(-6, 0, slab, top, -half), 0.8),
            (np.array([(0, -half, top), (0, half, top), (0, half, slab), (0, -half, slab)]), 0.7),
            *_railing(-6, -1.2, half, top),
        ]

    def _springboard(self, tip: float) -> list[tuple[np.ndarray, float]]:
        top, half, end = self.height, 0.25, -4.9
        along = np.linspace(0, 1, BENDS + 1)
        x = np.concatenate([[end], FULCRUM * (1 - along)])
        z = np.concatenate([[top], top + tip * along**2])
        faces = [
            (_upright(end, end + 0.5, 0, top, 0.4), 0.6),
            (_upright(FULCRUM - 0.2, FULCRUM + 0.2, 0, top, 0), 0.55),
        ]
        for k in range(BENDS + 1):
            side = _level(x[k], x[k + 1], z[k], z[k + 1], half)[[3, 2, 2, 3]]  # the near edge, and below it
            faces.append((_level(x[k], x[k + 1], z[k], z[k + 1], half), 1.15))
            faces.append((side - np.array([[0, 0, 0], [0, 0, 0], [0, 0, 0.07], [0, 0, 0.07]]), 0.7))
        return faces + _railing(end, -2.4, 0.45, top)


def _level(start: float, end: float, start_up: float, end_up: float, half: float) -> np.ndarray:
    """Outline a strip along the board, 2·half wide: its far edge, then its near edge backwards."""
    return np.array([(start, half, start_up), (end, half, end_up), (end, -half, end_up), (start, -half, start_up)])


def _upright(start: float, end: float, low: float, high: float, y: float) -> np.ndarray:
    """Outline a rectangle that stands along the board at `y`."""
    return np.array([(start, y, low), (end, y, low), (end, y, high), (start, y, high)])


def _railing(start: float, end: float, half: float, top: float) -> list[tuple[np.ndarray, float]]:
    """Outline bars and posts on both sides."""
    faces = []
    for y in (half, -half):
        faces += [(_upright(start, end, top + up - 0.025, top + up + 0.025, y), 0.9) for up in (0.5, 0.95)]
        faces += [(_upright(x - 0.03, x + 0.03, top, top + 0.95, y), 0.85) for x in np.linspace(start, end, 4)]
    return faces


def draw_board(
    picture: np.ndarray, track: Track, moment: int, view: View, board: Board, across: float, tip: float
) -> None:
    """Draw a board that lies at y = `across` into `picture` (H, W, 3) uint8, in place."""
    faces = board.faces(tip)
    sheet, _ = view.project(np.array([points for points, _ in faces]) + np.array([0, across, 0]))
    pixels = track.pixels(sheet, moment)  # (faces, 4, 2)
    if (pixels.max(axis=(0, 1)) < 0).any() or (pixels.min(axis=(0, 1)) > [track.width, track.height]).any():
        return
    for corners, (_, tone) in zip(np.round(pixels * 16).astype(np.int32), faces, strict=True):
        cv2.fillConvexPoly(picture, corners, np.clip(board.colour * tone, 0, 255).tolist(), cv2.LINE_AA, 4)
