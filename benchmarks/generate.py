"""How fast clips are drawn on one core, beside the per-pixel loop that a simple generator would be.

    python benchmarks/generate.py

Both are timed in one run on one machine, so that their ratio means something anywhere. Takes half a minute.
"""

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # before numpy

import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from xdomain.datasets.digits import load_digits
from xdomain.datasets.generate import BLOCK, draw_block, generate
from xdomain.spec import ClipSetSpec
from xdomain.studies.temporal_shape import FRAMES, SIDE

REPEATS = 5  # the fastest counts: anything else the machine does only slows it down


def per_pixel_clip(rng: np.random.Generator, record: np.ndarray, digit: np.ndarray) -> np.ndarray:
    """One `mnist-bg` clip (20, 64, 64), every frame and pixel in a Python loop; the path is given."""
    cells = int(record["lattice"])
    clip = np.zeros((FRAMES, SIDE, SIDE), dtype=np.uint8)
    for frame in range(FRAMES):
        gradients = rng.uniform(-1, 1, size=(cells + 1, cells + 1, 2)).tolist()
        left, top = (int(value) for value in record["position"][frame])
        for row in range(SIDE):
            for column in range(SIDE):
                value = max(0, int(255 * noise_at(gradients, row * cells / SIDE, column * cells / SIDE)))
                if 0 <= row - top < 14 and 0 <= column - left < 14:
                    value = min(255, value + int(digit[row - top, column - left]))
                clip[frame, row, column] = value
    return clip


def noise_at(gradients: list, y: float, x: float) -> float:
    """Perlin noise at one point, in cells."""
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
    """Perlin's quintic."""
    return t * t * t * (t * (6 * t - 15) + 10)


def clips_per_second(work: Callable[[], object], clips: int, repeats: int = REPEATS) -> float:
    """Clips a second of the fastest repetition."""
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return clips / min(seconds)


def main() -> None:
    """Print one line for each thing timed."""
    digits = load_digits("uci", "train", Path("unused")).images
    drawn = {}
    for domain in ("2dot", "mnist", "mnist-bg"):
        spec = ClipSetSpec(domain, 10 * BLOCK, seed=1, digits="uci")
        images = None if domain == "2dot" else digits
        drawn[domain] = clips_per_second(lambda spec=spec, images=images: draw_block(spec, images, 0), BLOCK)
        print(f"{domain:9} drawn               {drawn[domain]:9,.0f} clips/s")
    with tempfile.TemporaryDirectory() as folder:
        for domain in ("2dot", "mnist-bg"):
            spec = ClipSetSpec(domain, 10 * BLOCK, seed=1, digits="uci")
            began = time.perf_counter()
            generate(spec, Path(folder), progress=False)
            print(f"{domain:9} drawn, hashed, kept {spec.clips / (time.perf_counter() - began):9,.0f} clips/s")
    records = draw_block(ClipSetSpec("mnist-bg", BLOCK, seed=1, digits="uci"), digits, 0)
    rng = np.random.default_rng(1)
    loop = clips_per_second(
        lambda: [per_pixel_clip(rng, record, digits[record["digit"]]) for record in records[:5]], 5, repeats=2
    )
    print(f"mnist-bg  per-pixel loop      {loop:9.2f} clips/s")
    print(f"mnist-bg  ratio               {drawn['mnist-bg'] / loop:9,.0f}")


if __name__ == "__main__":
    main()
