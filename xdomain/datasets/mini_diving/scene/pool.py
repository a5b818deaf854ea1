"""Places to dive: their colours, seats, crowd, light and where the camera stands, and the panorama behind the diver.

There is one pool for each of the 48 labels. Which clips are filmed in which pool decides a set's bias.
"""

import colorsys
from dataclasses import dataclass

import cv2
import numpy as np

from xdomain.datasets.mini_diving.scene.camera import View
from xdomain.datasets.mini_diving.scene.crowd import paint_crowd, paint_officials, paint_signs

PER_METRE = 30  # panorama pixels
LEFT, RIGHT, TOP, BOTTOM = -8.5, 8.5, 15.0, -4.0  # of the panorama, in metres on the sheet
KINDS = ("tiles", "windows", "stands", "outdoor")
GOLDEN = 0.618034  # part of the colour circle between the pools of two labels: far apart for neighbours


@dataclass(frozen=True)
class Pool:
    """One place. Colours are RGB from 0 to 255."""

    kind: str  # of KINDS
    wall: np.ndarray
    trim: np.ndarray
    seats: np.ndarray
    water: np.ndarray
    rows: int  # of spectators
    filled: float  # part of the seats taken
    far: float  # metres from the dive to the far edge
    tint: np.ndarray  # of the light, a factor a channel
    view: View

    @property
    def edge(self) -> float:
        """Metres on the sheet at which water ends and the far deck begins."""
        return self.far * float(np.sin(self.view.pitch)) + 0.15


def draw_pool(rng: np.random.Generator, label: int) -> Pool:
    """Make the pool that belongs to `label`."""
    hue = (label * GOLDEN) % 1
    view = View(float(rng.uniform(0.15, 0.6)), float(rng.uniform(0.10, 0.22)), bool(rng.random() < 0.5))
    return Pool(
        kind=KINDS[rng.integers(len(KINDS))],
        wall=_colour(hue, rng.uniform(0.12, 0.65), rng.uniform(0.35, 0.92)),
        trim=_colour(hue + rng.uniform(0.3, 0.7), rng.uniform(0.4, 0.75), rng.uniform(0.4, 0.9)),
        seats=_colour(hue + rng.uniform(0.2, 0.8), rng.uniform(0.3, 0.9), rng.uniform(0.25, 0.7)),
        water=_colour(rng.uniform(0.45, 0.62), rng.uniform(0.45, 0.9), rng.uniform(0.45, 0.85)),
        rows=int(rng.integers(0, 12)),
        filled=float(rng.uniform(0.35, 1.0)),
        far=float(rng.uniform(9, 14)),
        tint=np.array([rng.uniform(0.9, 1.06), 1.0, rng.uniform(0.9, 1.06)]) * rng.uniform(0.82, 1.08),
        view=view,
    )


def _colour(hue: float, saturation: float, value: float) -> np.ndarray:
    return 255 * np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value))


def row(up: float) -> int:
    """Compute the panorama row of a height on the sheet."""
    return round((TOP - up) * PER_METRE)


def paint(pool: Pool, rng: np.random.Generator) -> np.ndarray:
    """Paint the panorama (H, W, 3) uint8, its corner at LEFT, TOP; `rng` draws who came and how the water moves."""
    height, width = row(BOTTOM), round((RIGHT - LEFT) * PER_METRE)
    sheet = np.empty((height, width, 3), np.float32)
    sheet[:] = pool.wall
    up = (TOP - np.arange(height) / PER_METRE)[:, None]  # (H, 1) metres
    {"tiles": _tiles, "windows": _windows, "stands": _roof, "outdoor": _sky}[pool.kind](sheet, pool, rng)
    sheet *= 1 + 0.10 * _noise(rng, height, width, 2.5, 2.5)[..., None]
    canvas: np.ndarray = np.clip(sheet, 0, 255).astype(np.uint8)

    deck = pool.edge + 0.45
    signs = 0.75 if rng.random() < 0.8 else 0.0
    paint_crowd(canvas, rng, row(deck + signs), PER_METRE, pool.rows, pool.filled, pool.seats)
    canvas = cv2.GaussianBlur(canvas, (0, 0), 1.0)  # the camera's focus is on the diver
    if signs:
        paint_signs(canvas, rng, row(deck + signs), row(deck), pool.trim)
    canvas[row(deck) : row(pool.edge)] = np.clip(0.35 * pool.wall + 135, 0, 255)
    cv2.line(canvas, (0, row(pool.edge)), (width, row(pool.edge)), pool.trim.tolist(), 3)
    paint_officials(canvas, rng, row(pool.edge + 0.2), PER_METRE)

    below = up[:, 0] < pool.edge
    canvas[below] = _water(pool, rng, canvas, int(below.argmax()))
    lit = np.clip(canvas * pool.tint.astype(np.float32), 0, 255).astype(np.uint8)
    return cv2.GaussianBlur(lit, (0, 0), 0.8)


def _noise(rng: np.random.Generator, height: int, width: int, across: float, up: float) -> np.ndarray:
    """Draw smooth noise (height, width) float32 of unit deviation, whose lumps measure `across` × `up` metres."""
    rows, columns = (max(3, round(n / PER_METRE / size) + 2) for n, size in ((height, up), (width, across)))
    coarse = rng.standard_normal((rows, columns)).astype(np.float32)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def _water(pool: Pool, rng: np.random.Generator, canvas: np.ndarray, first: int) -> np.ndarray:
    """Paint the rows from `first` on as water: waves that lie flatter far away, and a dim mirror of the far side."""
    height, width = len(canvas) - first, canvas.shape[1]
    near = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]  # 0 at the far edge
    waves = _noise(rng, height, width, 0.7, 0.10) * (1 - near[..., 0]) + _noise(rng, height, width, 1.1, 0.28)
    mirror = cv2.blur(canvas[first - height : first][::-1] if first >= height else canvas[:height][::-1], (9, 31))
    water = pool.water * (0.85 + 0.25 * near) * (1 + 0.09 * waves[..., None])
    water = water * (0.72 + 0.2 * near) + mirror * (0.28 - 0.2 * near)
    glints = np.clip(_noise(rng, height, width, 0.35, 0.07) - 1.6, 0, 1)[..., None]
    return np.clip(water + 90 * glints, 0, 255).astype(np.uint8)


def _tiles(sheet: np.ndarray, pool: Pool, rng: np.random.Generator) -> None:
    """Paint tiles with stripes of the trim's colour."""
    step = round(PER_METRE * rng.uniform(0.5, 1.1))
    sheet[::step] *= 0.85
    sheet[:, ::step] *= 0.85
    for height in rng.uniform(3, 13, 3):
        sheet[row(height) : row(height - rng.uniform(0.2, 0.7))] = pool.trim


def _windows(sheet: np.ndarray, pool: Pool, rng: np.random.Generator) -> None:
    """Paint high windows between pillars."""
    step, sill = round(PER_METRE * rng.uniform(1.4, 2.6)), pool.edge + rng.uniform(3, 5)
    glass = np.array([205, 225, 240]) * rng.uniform(0.75, 1.0)
    for left in range(round(rng.uniform(0, step)), sheet.shape[1], step):
        sheet[row(13.5) : row(sill), left : left + round(0.78 * step)] = glass
        sheet[row(13.5) : row(sill) : PER_METRE, left : left + step] *= 0.7
    sheet[: row(13.5)] = pool.trim * 0.6


def _roof(sheet: np.ndarray, pool: Pool, rng: np.random.Generator) -> None:
    """Paint a dark roof with lamps and trusses."""
    bottom = row(rng.uniform(8, 10.5))
    sheet[:bottom] = 0.3 * pool.wall
    lamps = np.zeros(sheet.shape[:2], np.uint8)
    for across in range(round(rng.uniform(20, 60)), sheet.shape[1], round(rng.uniform(60, 110))):
        cv2.line(sheet, (across, 0), (across + 40, bottom), (0.45 * pool.wall).tolist(), 3)
        cv2.ellipse(lamps, (across, bottom - 45), (14, 5), 0, 0, 360, 255, -1)
    glow = cv2.GaussianBlur(lamps, (0, 0), 4).astype(np.float32)[..., None] / 255
    sheet += (255 - sheet) * np.clip(1.5 * glow, 0, 1)


def _sky(sheet: np.ndarray, pool: Pool, rng: np.random.Generator) -> None:
    """Paint sky, clouds and a row of trees."""
    height, width = sheet.shape[:2]
    part = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    sheet[:] = np.array([90, 150, 220]) * (1 - part) + (0.35 * pool.wall + 150) * part
    clouds = np.clip(_noise(rng, height, width, 3.5, 1.2), 0, 1)[..., None]
    sheet += (250 - sheet) * 0.8 * clouds
    tops = pool.edge + 4.2 + 0.45 * _noise(rng, 1, width, 2.2, 1)[0] + 0.15 * _noise(rng, 1, width, 0.4, 1)[0]
    leaves = np.array([40, 85, 45]) * rng.uniform(0.7, 1.3) + 0.1 * pool.wall
    trees = (TOP - np.arange(height)[:, None] / PER_METRE) < tops
    texture = 1 + 0.25 * _noise(rng, height, width, 0.4, 0.4)[..., None]
    sheet[trees] = (leaves * texture)[trees]
