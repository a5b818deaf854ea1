"""How fast S1, S2 and T are composed on one core, beside a direct 55×55 convolution for each domain.

    python -m benchmarks.domains

All are timed in one run on one machine, so that their ratios mean something anywhere. Takes a minute.
"""

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # before numpy

from collections.abc import Callable, Iterator
from functools import partial

import cv2
import numpy as np
from scipy.ndimage import convolve

from benchmarks.rates import Figure, per_second, show
from segment.domains.blur import KERNEL
from segment.domains.pictures import DOMAINS, MEAN_COLOUR, compose
from segment.masks.clip_masks import HEIGHT, WIDTH, ClipMasks, from_line, to_line
from segment.masks.regions import whole_pixels

FRAMES = 32
DIRECT = KERNEL @ KERNEL.T  # (55, 55)


def made_clip() -> tuple[np.ndarray, ClipMasks]:
    """Make noise, and two ellipses that move over it as divers."""
    frames = np.random.default_rng(1).integers(0, 256, (FRAMES, HEIGHT, WIDTH, 3), dtype=np.uint8)
    masks, boxes = np.zeros(frames.shape[:3], dtype=bool), []
    for number, mask in enumerate(masks):
        drawn = mask.view(np.uint8)
        for x in (150, 300):
            cv2.ellipse(drawn, (x + 2 * number, 80 + 6 * number), (18, 45), 11 * number, 0, 360, 1, -1)
        x0, y0, width, height = cv2.boundingRect(drawn)
        middle = x0 + width / 2
        sides = [(x0, y0, middle, y0 + height, 0.9), (middle, y0, x0 + width, y0 + height, 0.8)]
        boxes.append(np.array(sides, dtype=np.float32))
    return frames, ClipMasks("benchmark_00001", masks, tuple(boxes))


def direct_domains(frames: np.ndarray, clip: ClipMasks, blur: Callable[[np.ndarray], np.ndarray]) -> list[np.ndarray]:
    """Make S1, S2 and T one after the other as they are defined: a blur for each shape domain, numpy's own indexing."""
    s1, s2, t = [], [], []
    for frame, mask in zip(frames, clip.masks, strict=True):
        s1.append(np.where(mask[..., None], frame, blur(frame)))
    for frame, boxes in zip(frames, clip.boxes, strict=True):
        kept = blur(frame)
        for x0, y0, x1, y1 in whole_pixels(boxes):
            kept[y0:y1, x0:x1] = frame[y0:y1, x0:x1]
        s2.append(kept)
    for frame, boxes in zip(frames, clip.boxes, strict=True):
        hidden = frame.copy()
        for x0, y0, x1, y1 in whole_pixels(boxes):
            hidden[y0:y1, x0:x1] = MEAN_COLOUR
        t.append(hidden)
    return [np.stack(pictures) for pictures in (s1, s2, t)]


def opencv_blur(frame: np.ndarray) -> np.ndarray:
    """Convolve directly by OpenCV (which goes through a Fourier transform at this size)."""
    blurred = cv2.filter2D(frame.astype(np.float32), -1, DIRECT, borderType=cv2.BORDER_REFLECT_101)
    return blurred.round().astype(np.uint8)


def scipy_blur(frame: np.ndarray) -> np.ndarray:
    """Convolve directly, product by product."""
    channels = np.moveaxis(frame.astype(np.float32), 2, 0)
    blurred = [convolve(channel, DIRECT.astype(np.float32), mode="mirror") for channel in channels]
    return np.stack(blurred, axis=2).round().astype(np.uint8)


def figures() -> Iterator[Figure]:
    """Time composing, the masks' two ways, and the direct convolutions."""
    cv2.setNumThreads(1)
    frames, clip = made_clip()
    ours = compose(("S1", "S2", "T"), frames, clip)
    composed = per_second(lambda: compose(("S1", "S2", "T"), frames, clip), FRAMES)
    yield Figure("S1 + S2 + T", composed, "frames")
    yield Figure(f"all {len(DOMAINS)} domains", per_second(lambda: compose(DOMAINS, frames, clip), FRAMES), "frames")
    line = to_line(clip)
    yield Figure("masks read (run lengths)", per_second(lambda: from_line(line), FRAMES), "frames")
    yield Figure("masks written", per_second(lambda: to_line(clip), FRAMES), "frames")
    for name, blur, count in (("OpenCV filter2D", opencv_blur, 8), ("scipy convolve", scipy_blur, 1)):
        few = frames[:count], ClipMasks(clip.name, clip.masks[:count], clip.boxes[:count])
        baseline = per_second(partial(direct_domains, *few, blur), count, repeats=2)
        both = zip(direct_domains(*few, blur), ours.values(), strict=True)
        worst = max(int(np.abs(theirs.astype(int) - made[:count]).max()) for theirs, made in both)
        remark = f"S1 + S2 + T is {composed / baseline:,.1f} times as fast, by at most {worst} grey levels another"
        yield Figure(f"S1 + S2 + T, direct, {name} (baseline)", baseline, "frames", remark)


if __name__ == "__main__":
    show(figures())
