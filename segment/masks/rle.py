"""Binary masks as COCO's compressed run lengths: short strings of printable characters.

A mask is read column by column into run lengths that alternate between 0 and 1, beginning with 0. From the fourth on, a
length is stored as its difference to the one two before it. Each number is written in groups of five bits, the lowest
first, with a sixth bit where more follow, as the character 48 + group; the last group's highest bit is its sign.

pycocotools makes the same strings, but of a string whose runs end early, as a damaged file may hold, it shows
uninitialized memory as pixels. To check strings first would be to parse them as `decode` does, and everything that
reads masks would need a compiled package more.
"""

import numpy as np

from xdomain.core.errors import UserError

FIRST = 48  # the character of a group of zeros
MORE, SIGN = 0x20, 0x10


def encode(mask: np.ndarray) -> str:
    """Encode `mask`, (H, W) bool, as a run-length string."""
    pixels = mask.ravel(order="F")
    changes = np.flatnonzero(pixels[1:] != pixels[:-1]) + 1
    ends = np.concatenate([[0] if pixels[0] else [], changes, [pixels.size]]).astype(np.int64)
    left = np.diff(ends, prepend=0)
    left[3:] -= left[1:-2].copy()
    groups, used = [], []  # one array for each position of a group within its number
    open_numbers = np.ones(left.size, dtype=bool)
    while open_numbers.any():
        group = left & 0x1F
        left = left >> 5
        more = np.where(group & SIGN, left != -1, left != 0)
        groups.append(group + FIRST + MORE * more)
        used.append(open_numbers)
        open_numbers = open_numbers & more
    text = np.stack(groups, axis=1)[np.stack(used, axis=1)]
    return text.astype(np.uint8).tobytes().decode("ascii")


def decode(text: str, shape: tuple[int, int]) -> np.ndarray:
    """Decode the mask (H, W), bool, that `encode` made into `text`.

    Raises:
        UserError: the string is not of run lengths, or they do not fill `shape`.
    """
    groups = np.frombuffer(text.encode(), dtype=np.uint8).astype(np.int64) - FIRST
    if groups.size == 0 or groups.min() < 0 or groups.max() > 0x3F or groups[-1] & MORE:
        raise UserError("A mask's run-length string is not in COCO's format.")
    last = np.flatnonzero(groups & MORE == 0)
    first = np.concatenate([[0], last[:-1] + 1])
    lengths = last - first + 1
    if lengths.max() > 8:
        raise UserError("A mask's run-length string is not in COCO's format.")
    position = np.arange(groups.size) - np.repeat(first, lengths)
    counts = np.add.reduceat((groups & 0x1F) << (5 * position), first)
    counts -= np.where(groups[last] & SIGN, np.int64(1) << (5 * lengths), 0)
    counts[1::2] = np.cumsum(counts[1::2])
    counts[2::2] = np.cumsum(counts[2::2])
    if counts.min() < 0 or counts.sum() != shape[0] * shape[1]:
        raise UserError(f"A mask's run lengths do not fill {shape[0]}×{shape[1]} pixels.")
    pixels = np.repeat(np.arange(counts.size) % 2 == 1, counts)
    return pixels.reshape(shape, order="F")
