"""A tiny archive in Diving48's layout, real H.264 videos, and trainings on it that take seconds."""

import dataclasses
import json
from pathlib import Path

import numpy as np

from xdomain.datasets.diving48.video import encode_video
from xdomain.specs.spec import RunSpec
from xdomain.studies import diving48

FRAMES, HEIGHT, WIDTH = 18, 36, 48  # of a video
CLASSES = 3
VOCABULARY = [["Back", f"{k}som", "NoTwis", "FREE"] for k in range(CLASSES)]


def make_archive(root: Path, train: int = 14, test: int = 7) -> Path:
    """Write the archive `root`, clip k of class k mod 3 by a brightness that grows with it; returns `root`."""
    (root / "rgb").mkdir(parents=True)
    for part, clips in (("train", train), ("test", test)):
        entries = []
        for k in range(clips):
            name = f"{part}video{k // 3:02d}_{k:05d}"  # three clips of each source video
            rng = np.random.default_rng((clips, k))
            frames = rng.integers(0, 60, (FRAMES, HEIGHT, WIDTH, 3), dtype=np.uint8) + np.uint8(60 * (k % CLASSES))
            encode_video(root / "rgb" / f"{name}.mp4", frames)
            entries.append({"vid_name": name, "label": k % CLASSES, "start_frame": 0, "end_frame": FRAMES})
        (root / f"Diving48_V2_{part}.json").write_text(json.dumps(entries))
    (root / "Diving48_vocab.json").write_text(json.dumps(VOCABULARY))
    return root


def tiny_diving(model: str = "3dcnn-4blocks", split: str = "random", side: int = 16, **train) -> RunSpec:
    """A training of two units a block on that archive, three epochs unless `train` says otherwise."""
    spec = diving48.training(model, split, hidden=2)
    data = dataclasses.replace(spec.data, dataset="tiny", frames=16, side=side, val_clips=5)
    recipe = {"batch_size": 2, "ranks": 1, "accumulate": 1, "max_epochs": 3, "lr": 0.02, "levels": (0.2, 0.4)} | train
    return dataclasses.replace(spec, data=data, train=dataclasses.replace(spec.train, **recipe), variant="tiny")
