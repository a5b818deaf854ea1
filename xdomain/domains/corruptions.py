"""Corruptions of five severities, as video models are tested with (Yi et al. 2021, Schiappa et al. 2023).

Noise, blur, brightness and compression take the strengths of ImageNet-C (Hendrycks and Dietterich 2019), as its
authors' code has them (github.com/hendrycks/robustness: gaussian_noise, gaussian_blur, brightness, jpeg_compression).
Schiappa et al. take the same for noise and compression, Yi et al. for brightness; both blur otherwise. Frames are
dropped as often as by the frame rates of Yi et al.'s Mini Kinetics-C, but by chance. All is done to frames as the model
sees them; lengths in pixels are for 224 of them and scale with the frame. `frames` is (T, H, W, C) uint8, C being 3
(RGB) or 1 (grey), and so is what each function returns.
"""

from collections.abc import Callable

import cv2
import numpy as np

SIDE = 224  # pixels, for which the blur's lengths are given
NOISE = (0.08, 0.12, 0.18, 0.26, 0.38)  # standard deviation, of a range of 1
BLUR = (1.0, 2.0, 3.0, 4.0, 6.0)  # standard deviation, pixels
BRIGHTNESS = (0.1, 0.2, 0.3, 0.4, 0.5)  # added to the brightest channel, of a range of 1
QUALITY = (25, 18, 15, 10, 7)  # of JPEG
DROPPED = tuple(1 - rate / 30 for rate in (20, 16, 12, 9, 6))  # of the frames after the first; rates a second, of 30


def noise(frames: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Add Gaussian noise, drawn anew for every pixel of every frame."""
    strength = np.float32(255 * NOISE[severity - 1])
    return _each(lambda frame: _pixels(frame + strength * rng.standard_normal(frame.shape, np.float32)), frames)


def blur(frames: np.ndarray, severity: int) -> np.ndarray:
    """Blur with a Gaussian."""
    sigma = BLUR[severity - 1] * min(frames.shape[1:3]) / SIDE
    return _each(lambda frame: cv2.GaussianBlur(frame, (0, 0), sigma), frames)


def brightness(frames: np.ndarray, severity: int) -> np.ndarray:
    """Raise the value of every pixel's HSV; hue and saturation stay."""
    added = np.float32(255 * BRIGHTNESS[severity - 1])

    def brighter(frame: np.ndarray) -> np.ndarray:
        value = frame.max(axis=2, keepdims=True).astype(np.float32)  # (H, W, 1)
        raised = np.minimum(value + added, 255)
        return _pixels(np.where(value > 0, frame * (raised / np.maximum(value, 1)), raised))

    return _each(brighter, frames)


def compression(frames: np.ndarray, severity: int) -> np.ndarray:
    """Compress every frame as a JPEG of low quality."""
    options = [cv2.IMWRITE_JPEG_QUALITY, QUALITY[severity - 1]]

    def compressed(frame: np.ndarray) -> np.ndarray:
        _, file = cv2.imencode(".jpg", np.ascontiguousarray(frame[:, :, ::-1]), options)  # OpenCV's colours are BGR
        decoded = np.asarray(cv2.imdecode(file, cv2.IMREAD_UNCHANGED))
        return decoded.reshape(frame.shape)[:, :, ::-1]

    return _each(compressed, frames)


def frame_drop(frames: np.ndarray, severity: int, rng: np.random.Generator) -> np.ndarray:
    """Drop frames by chance; the last one that arrived stays on show. The first always arrives."""
    arrived = rng.random(len(frames)) >= DROPPED[severity - 1]
    arrived[0] = True
    return frames[np.maximum.accumulate(np.where(arrived, np.arange(len(frames)), 0))]


def _each(change: Callable[[np.ndarray], np.ndarray], frames: np.ndarray) -> np.ndarray:
    """Change frame by frame; OpenCV drops the axis of a single channel."""
    return np.stack([change(frame).reshape(frame.shape) for frame in frames])


def _pixels(values: np.ndarray) -> np.ndarray:
    """Round to whole values of a pixel."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
