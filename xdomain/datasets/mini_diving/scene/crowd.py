"""People beside the pool: spectators in their seats, officials on the deck, and signs with writing."""

import cv2
import numpy as np

SKIN = np.array([[236, 200, 174], [214, 168, 136], [160, 112, 80], [96, 66, 48]])
SHIRTS = np.array(
    [[240, 240, 240], [30, 30, 36], [190, 40, 40], [40, 70, 170], [235, 200, 60], [60, 140, 70], [150, 150, 160]]
)
WORDS = ("DIVING", "AQUA", "SPRING", "WORLD", "OPEN", "SERIES", "CLUB", "2026")


def paint_crowd(
    canvas: np.ndarray,
    rng: np.random.Generator,
    bottom: int,
    per_metre: int,
    rows: int,
    filled: float,
    seats: np.ndarray,
) -> None:
    """Paint `rows` rows of seats, the highest first, the lowest on the row `bottom` of `canvas` (H, W, 3) uint8."""
    pitch, step = round(0.62 * per_metre), round(0.52 * per_metre)
    for level in reversed(range(rows)):
        base = bottom - level * pitch
        shade = 0.75 + 0.25 * (level % 2)
        cv2.rectangle(canvas, (0, base - pitch), (canvas.shape[1], base), (seats * shade).tolist(), -1)
        taken = np.flatnonzero(rng.random(canvas.shape[1] // step + 1) < filled)
        for place in taken.tolist():
            x = place * step + int(rng.integers(-2, 3)) + step // 2 * (level % 2)
            shirt = SHIRTS[rng.integers(len(SHIRTS))] * rng.uniform(0.7, 1.0)
            skin = SKIN[rng.integers(len(SKIN))] * rng.uniform(0.8, 1.0)
            top = base - round(0.95 * pitch) + int(rng.integers(-2, 3))
            cv2.ellipse(canvas, (x, top + 13), (6, 9), 0, 0, 360, shirt.tolist(), -1, cv2.LINE_AA)
            cv2.circle(canvas, (x, top + 1), 4, (skin * 0.35).tolist(), -1, cv2.LINE_AA)
            cv2.circle(canvas, (x, top + 3), 3, skin.tolist(), -1, cv2.LINE_AA)
    seated = np.s_[max(0, bottom - rows * pitch) : bottom]
    canvas[seated] = 0.62 * canvas[seated] + 0.2 * seats  # the lamps are over the water


def paint_signs(canvas: np.ndarray, rng: np.random.Generator, top: int, bottom: int, trim: np.ndarray) -> None:
    """Paint a row of signs, some in the trim's colour."""
    left = 0
    while left < canvas.shape[1]:
        width = int(rng.integers(70, 130))
        colour = trim if rng.random() < 0.6 else SHIRTS[rng.integers(len(SHIRTS))]
        ink = (245, 245, 245) if colour.mean() < 150 else (30, 30, 60)
        cv2.rectangle(canvas, (left, top), (left + width - 2, bottom), colour.tolist(), -1)
        word = WORDS[rng.integers(len(WORDS))]
        cv2.putText(canvas, word, (left + 8, bottom - 7), cv2.FONT_HERSHEY_DUPLEX, 0.5, ink, 1, cv2.LINE_AA)
        left += width


def paint_officials(canvas: np.ndarray, rng: np.random.Generator, feet: int, per_metre: int) -> None:
    """Paint a few people who sit or stand on the far deck."""
    for x in rng.integers(0, canvas.shape[1], rng.integers(2, 7)).tolist():
        tall = round(per_metre * rng.choice([0.85, 1.15]))
        shirt = SHIRTS[rng.integers(len(SHIRTS))]
        cv2.line(canvas, (x, feet), (x, feet - tall // 2), (40, 44, 60), 8, cv2.LINE_AA)
        cv2.line(canvas, (x, feet - tall // 2), (x, feet - tall + 6), shirt.tolist(), 10, cv2.LINE_AA)
        cv2.circle(canvas, (x, feet - tall), 4, SKIN[rng.integers(len(SKIN))].tolist(), -1, cv2.LINE_AA)
