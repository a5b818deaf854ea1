"""Labelled frames of the training videos, in the layout of the released segmentation set (doi:10.7910/DVN/OXKE6E).

frames/images/<id>.png     a decoded frame
frames/masks/<id>.png      RGB, each diver one colour, black background
"""

from pathlib import Path

import numpy as np
from PIL import Image

from xdomain.datasets.mini_diving.plan import FRAMES, PlannedClip
from xdomain.datasets.mini_diving.spec import MiniSpec
from xdomain.datasets.mini_diving.truth import COLOURS, read_instances
from xdomain.datasets.video import decode_all
from xdomain.errors import UserError
from xdomain.files import atomic_file

SMALLEST = 0.001  # part of a frame that its divers cover at least


def write_labelled(folder: Path, spec: MiniSpec, clips: list[PlannedClip]) -> None:
    """Write `spec.labelled` frames, spread evenly over the training clips, each with a diver in sight.

    Raises:
        UserError: hardly any frame of a clip shows a diver.
    """
    if not spec.labelled:
        return
    training = [clip for clip in clips if clip.part == "train"]
    wanted = np.bincount(np.arange(spec.labelled) * len(training) // spec.labelled, minlength=len(training))
    for clip, count in zip(training, wanted.tolist(), strict=True):
        if count:
            _write_of_clip(folder, spec, clip, count)


def _write_of_clip(folder: Path, spec: MiniSpec, clip: PlannedClip, count: int) -> None:
    instances = read_instances(folder, clip.name)  # (N, H, W)
    seen = np.flatnonzero((instances > 0).mean(axis=(1, 2)) >= SMALLEST)
    if len(seen) < count:
        raise UserError(f"Only {len(seen)} frames of {clip.name} show a diver: ask for fewer labelled frames.")
    pictures = decode_all(folder / "rgb" / f"{clip.name}.mp4")
    for frame in sorted(spec.rng(FRAMES, clip.number).choice(seen, count, replace=False).tolist()):
        name = f"{clip.name}-{frame:04d}.png"
        masks = np.array(COLOURS, np.uint8)[instances[frame]]  # (H, W, 3)
        for kind, picture in (("images", pictures[frame]), ("masks", masks)):
            with atomic_file(folder / "frames" / kind / name) as file:
                Image.fromarray(picture).save(file, "PNG")
