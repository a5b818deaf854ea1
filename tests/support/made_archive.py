"""A tiny archive in Diving48's layout: real H.264 videos of a bright square that moves over a texture."""

import json
from pathlib import Path

import numpy as np

from segment.masks.mask_set import MaskShard, begin_set
from support.made_masks import clip_masks
from xdomain.datasets.diving48.video import encode_video

FRAMES, HEIGHT, WIDTH = 9, 82, 110  # of a video
SAMPLED = 3  # frames 0, 4 and 8
SIDE = 6  # of the square
NAMES = ("aaaaaaaaaaa_00001", "aaaaaaaaaaa_00002", "bbbbbbbbbbb_00001", "ccccccccccc_00007")


def make_archive(root: Path) -> Path:
    """Write the test part; clip k has label k. Returns the dataset's folder."""
    (root / "rgb").mkdir(parents=True)
    entries = []
    for label, name in enumerate(NAMES):
        texture = np.random.default_rng(label).integers(0, 120, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        frames = np.repeat(texture[None], FRAMES, axis=0)
        for frame, picture in enumerate(frames):
            x, y = corner(frame)
            picture[y : y + SIDE, x : x + SIDE] = 250
        encode_video(root / "rgb" / f"{name}.mp4", frames, crf=10)
        entries.append({"vid_name": name, "label": label, "start_frame": 0, "end_frame": FRAMES})
    (root / "Diving48_V2_test.json").write_text(json.dumps(entries))
    (root / "Diving48_vocab.json").write_text(json.dumps([["Back", f"{k}som", "NoTwis", "FREE"] for k in range(4)]))
    return root


def corner(frame: int) -> tuple[int, int]:
    """The square's left upper corner, x and y."""
    return 8 + 9 * frame, 20 + 2 * frame


def found(name: str, seen: tuple[bool, ...] = (True, True, True)):
    """The masks of a clip's sampled frames; the detector sees the square only in some."""
    scale_x, scale_y = 492 / WIDTH, 369 / HEIGHT
    frames = []
    for frame, is_seen in zip((0, 4, 8), seen, strict=True):
        x, y = corner(frame)
        box = (x * scale_x, y * scale_y, (x + SIDE) * scale_x, (y + SIDE) * scale_y)
        frames.append([box] if is_seen else [])
    return clip_masks(name, *frames)


def make_masks(dataset: Path, names: tuple[str, ...] = NAMES, name: str = "hand") -> Path:
    """A mask set of the clips `names`; the second clip's diver is lost in the middle."""
    folder = dataset / "masks" / name
    begin_set(folder, {"source": "hand", "frames": SAMPLED})
    with MaskShard(folder, 0, 1) as shard:
        for clip in names:
            shard.add(found(clip, (True, clip != NAMES[1], True)))
    return folder
