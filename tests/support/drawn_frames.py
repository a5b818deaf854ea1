"""Labelled frames and clips drawn for tests: bright figures on a dark, textured ground, easy to learn in seconds."""

import json
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from xdomain.datasets.diving48.video import encode_video

COLOURS = ((255, 0, 0), (0, 0, 255))


def draw(rng: np.random.Generator, divers: int, size: tuple[int, int] = (92, 123)) -> tuple[np.ndarray, np.ndarray]:
    """An (H, W, 3) uint8 picture and its mask; two divers keep to their halves."""
    height, width = size
    noise = rng.integers(0, 90, (height // 8 + 1, width // 8 + 1, 3), dtype=np.uint8)
    picture = cv2.resize(noise, (width, height))
    mask = np.zeros_like(picture)
    for number in range(divers):
        half = width // divers
        x = number * half + int(rng.integers(18, half - 18))
        y = int(rng.integers(28, height - 28))
        skin = [int(value) for value in rng.integers(170, 256, 3)]
        for target, colour in ((picture, skin), (mask, COLOURS[number])):
            cv2.ellipse(target, (x, y), (9, 20), 0, 0, 360, colour, -1)
            cv2.circle(target, (x, y - 22), 5, colour, -1)
    return picture, mask


def write_frames(folder: Path, frames: int, seed: int = 0) -> None:
    """`frames` labelled frames in the released layout, every third with two divers."""
    rng = np.random.default_rng(seed)
    for number in range(frames):
        pair = draw(rng, 2 if number % 3 == 0 else 1)
        for part, picture in zip(("images", "masks"), pair, strict=True):
            path = folder / part / f"frame{number:02d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture).save(path)


def write_clips(folder: Path, names: list[str], frames: int) -> None:
    """Test clips of a figure at another place in each frame, listed as Diving48 lists its own."""
    (folder / "rgb").mkdir(parents=True)
    rng = np.random.default_rng(7)
    for name in names:
        pictures = np.stack([draw(rng, 1, (92, 124))[0] for _ in range(frames)])
        encode_video(folder / "rgb" / f"{name}.mp4", pictures, crf=10)
    entries = [{"vid_name": name, "label": 0, "start_frame": 0, "end_frame": frames} for name in names]
    (folder / "Diving48_V2_test.json").write_text(json.dumps(entries))
    (folder / "Diving48_vocab.json").write_text(json.dumps([["Back", "15som", "NoTwis", "FREE"]]))
