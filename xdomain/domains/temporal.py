"""The temporal controls: each shows the clip's own frames, and takes away what only their order or change can tell.

`frames` is (T, H, W, C) uint8, and so is what each function returns.
"""

import numpy as np


def reversed_frames(frames: np.ndarray) -> np.ndarray:
    """Play the clip backwards."""
    return frames[::-1]


def shuffled_frames(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put the frames in a random order, of each clip's own."""
    return frames[rng.permutation(len(frames))]


def frozen_frame(frames: np.ndarray) -> np.ndarray:
    """Show the middle frame all the time."""
    return np.repeat(frames[len(frames) // 2][None], len(frames), axis=0)


def half_rate(frames: np.ndarray) -> np.ndarray:
    """Show every second frame, twice as long."""
    return frames[np.arange(len(frames)) // 2 * 2]
