"""The blur beside a direct 55×55 convolution in double precision, everywhere."""

import cv2
import numpy as np
import pytest

from segment.domains.blur import blurred

HEIGHT, WIDTH = 369, 492
GAUSSIAN = np.exp(-((np.arange(55) - 27) ** 2) / (2 * 15.0**2))
DIRECT = np.outer(GAUSSIAN, GAUSSIAN) / GAUSSIAN.sum() ** 2


def random() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def checkerboard(cell: int) -> np.ndarray:
    board = np.add.outer(np.arange(HEIGHT) // cell, np.arange(WIDTH) // cell) % 2
    return np.repeat(board[..., None] * 255, 3, axis=2).astype(np.uint8)


def impulses() -> np.ndarray:
    """White pixels in the corners, on the borders and inside."""
    frame = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    frame[[0, 0, -1, -1, 0, 180, 180, -1], [0, -1, 0, -1, 200, 0, 240, 77]] = 255
    return frame


def blocks() -> np.ndarray:
    """The outline of the kernel itself, where a blur at a lower resolution would be worst."""
    frame = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    frame[100:155, 200:255] = 255
    frame[:55, :55] = 255
    return frame


def steps() -> np.ndarray:
    frame = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    frame[:, 250:, 0] = 255
    frame[185:, :, 1] = 255
    frame[::2, :, 2] = 255
    return frame


@pytest.mark.parametrize(
    "frame",
    [
        random(),
        checkerboard(1),
        checkerboard(28),
        checkerboard(55),
        impulses(),
        255 - impulses(),
        blocks(),
        steps(),
        np.full((HEIGHT, WIDTH, 3), 255, dtype=np.uint8),
    ],
    ids=["random", "board1", "board28", "board55", "impulses", "holes", "blocks", "steps", "white"],
)
def test_within_a_grey_level_of_the_direct_convolution(frame):
    direct = cv2.filter2D(frame.astype(np.float64), -1, DIRECT, borderType=cv2.BORDER_REFLECT_101)
    assert np.abs(blurred(frame) - direct).max() <= 0.51  # the wanted bound is 2; this is rounding


def test_one_white_pixel_becomes_the_kernel():
    frame = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    frame[150:205, 200:255] = 255  # so that 255 times the kernel's sum shows in the middle, and falls off around it
    out = blurred(frame)
    assert out[177, 227].tolist() == [255, 255, 255]
    assert out[177, 227 + 54].tolist() == [round(255 * GAUSSIAN[0] / GAUSSIAN.sum())] * 3
    assert out[177, 227 + 55].tolist() == [0, 0, 0]


def test_borders_mirror_without_repeating_the_edge():
    frame = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    frame[:, 1] = 255  # seen twice from column 0: itself and its mirror image at -1
    weight = GAUSSIAN / GAUSSIAN.sum()
    assert abs(int(blurred(frame)[100, 0, 0]) - 255 * (weight[26] + weight[28])) <= 0.51
