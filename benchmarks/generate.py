"""How fast clips are drawn on one core, beside the per-pixel loop that a simple generator would be.

    python -m benchmarks.generate

CPU time of one core, so that other work on the machine counts little; what the disk takes is not in it. Takes half a
minute.
"""

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # before numpy

import io
import math
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from itertools import product
from pathlib import Path

import cv2
import numpy as np

from benchmarks.rates import Figure, per_second, show
from xdomain.datasets.temporal_shape.digits import load_digits
from xdomain.datasets.temporal_shape.generate import BLOCK, draw_block, generate
from xdomain.datasets.temporal_shape.render import QUALITY, through_jpeg
from xdomain.specs.shapes import CLEAN, RENDERINGS, ClipSetSpec
from xdomain.studies.temporal_shape import FRAMES, SIDE


def per_pixel_clip(rng: np.random.Generator, record: np.ndarray, digit: np.ndarray) -> np.ndarray:
    """Make one clean `mnist-bg` clip (20, 64, 64), every frame and pixel in a Python loop; the path is given."""
    cells = int(record["lattice"])
    clip = np.zeros((FRAMES, SIDE, SIDE), dtype=np.uint8)
    for frame in range(FRAMES):
        gradients = rng.uniform(-1, 1, size=(cells + 1, cells + 1, 2)).tolist()
        left, top = (int(value) for value in record["position"][frame])
        for row in range(SIDE):
            for column in range(SIDE):
                value = 255 * noise_at(gradients, row * cells / SIDE, column * cells / SIDE)
                if 0 <= row - top < 14 and 0 <= column - left < 14:
                    value += digit[row - top, column - left]
                clip[frame, row, column] = min(max(value, 0), 255)
    return clip


def noise_at(gradients: list, y: float, x: float) -> float:
    """Compute Perlin noise at one point, in cells."""
    top, left = math.floor(y), math.floor(x)
    dy, dx = y - top, x - left
    down, across = fade(dy), fade(dx)

    def ramp(corner_y: int, corner_x: int) -> float:
        gx, gy = gradients[top + corner_y][left + corner_x]
        return gx * (dx - corner_x) + gy * (dy - corner_y)

    upper = (1 - across) * ramp(0, 0) + across * ramp(0, 1)
    lower = (1 - across) * ramp(1, 0) + across * ramp(1, 1)
    return (1 - down) * upper + down * lower


def fade(t: float) -> float:
    """Compute Perlin's quintic."""
    return t * t * t * (t * (6 * t - 15) + 10)


def pillow_frame_by_frame(clip: np.ndarray) -> np.ndarray:
    """Compress each frame of (T, 64, 64) through a file of its own."""
    return np.stack([through_jpeg(frame[None])[0] for frame in clip])


def opencv_frame_by_frame(clip: np.ndarray) -> np.ndarray:
    """Compress each frame through a file of its own, with OpenCV."""
    files = [cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1] for frame in clip]
    return np.stack([cv2.imdecode(file, cv2.IMREAD_GRAYSCALE) for file in files])


def opencv_tall(clip: np.ndarray) -> np.ndarray:
    """Compress all frames as one tall picture, with OpenCV."""
    return opencv_frame_by_frame(clip.reshape(1, -1, SIDE)).reshape(clip.shape)


JPEG = {
    "Pillow, a file a frame": pillow_frame_by_frame,
    "Pillow, one tall picture": through_jpeg,
    "OpenCV, a file a frame": opencv_frame_by_frame,
    "OpenCV, one tall picture": opencv_tall,
}


def figures() -> Iterator[Figure]:
    """Time drawing, keeping, JPEG in four ways, and the loop."""
    digits = load_digits("uci", "train", Path("unused")).images
    drawn = {}
    for domain, rendering in product(("2dot", "mnist", "mnist-bg"), RENDERINGS):
        spec = ClipSetSpec(domain, 10 * BLOCK, seed=1, digits="uci", rendering=rendering)
        images = None if domain == "2dot" else digits
        rate = per_second(lambda spec=spec, images=images: draw_block(spec, images, 0), BLOCK)
        drawn[domain, rendering] = rate
        yield Figure(f"{domain} {rendering}, drawn", rate, "clips")
    with tempfile.TemporaryDirectory() as folder:
        for domain in ("2dot", "mnist-bg"):
            spec = ClipSetSpec(domain, 10 * BLOCK, seed=1, digits="uci")
            with redirect_stdout(io.StringIO()):
                rate = per_second(lambda spec=spec: generate(spec, Path(folder)), spec.clips, 1)
            yield Figure(f"{domain} {spec.rendering}, drawn, hashed, kept", rate, "clips")
    clip = draw_block(ClipSetSpec("mnist-bg", BLOCK, seed=1, digits="uci", rendering=CLEAN), digits, 0)["clip"][0]
    for name, jpeg in JPEG.items():
        if not np.array_equal(jpeg(clip), through_jpeg(clip)):
            raise SystemExit(f"{name} gives other bytes than one file a frame with Pillow.")
        rate = per_second(lambda jpeg=jpeg: [jpeg(clip) for _ in range(100)], 100)
        yield Figure(f"JPEG of a clip: {name}", rate, "clips")
    records = draw_block(ClipSetSpec("mnist-bg", BLOCK, seed=1, digits="uci"), digits, 0)
    rng = np.random.default_rng(1)
    loop = per_second(
        lambda: [per_pixel_clip(rng, record, digits[record["digit"]]) for record in records[:5]], 5, repeats=2
    )
    ratio = f"drawn is {drawn['mnist-bg', CLEAN] / loop:,.0f} times as fast"
    yield Figure("mnist-bg clean, per-pixel loop (baseline)", loop, "clips", ratio)


if __name__ == "__main__":
    show(figures())
