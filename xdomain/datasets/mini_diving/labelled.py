"""Labelled frames of the training videos, in the layout of the released segmentation set (doi:10.7910/DVN/OXKE6E).

frames/images/<id>.png     a decoded frame
frames/masks/<id>.png      RGB, each diver one colour, black background; all black where there is none
"""

from pathlib import Path

import numpy as np
from PIL import Image

from xdomain.core.errors import UserError
from xdomain.core.files import atomic_file
from xdomain.datasets.diving48.video import decode_all
from xdomain.datasets.mini_diving.plan import FRAMES, PlannedClip
from xdomain.datasets.mini_diving.spec import MiniSpec
from xdomain.datasets.mini_diving.truth import COLOURS, read_instances

SMALLEST = 0.001  # part of a frame that its divers cover at least


def write_labelled(folder: Path, spec: MiniSpec, clips: list[PlannedClip]) -> None:
    """Write `spec.labelled` frames with a diver in sight and `spec.empty` without, spread over the training clips.

    Raises:
        UserError: a clip has too few of either kind.
    """
    training = [clip for clip in clips if clip.part == "train"]
    shares = (_shares(count, len(training)) for count in (spec.labelled, spec.empty))
    for clip, labelled, empty in zip(training, *shares, strict=True):
        if labelled or empty:
            _write_of_clip(folder, spec, clip, labelled, empty)


def _shares(count: int, clips: int) -> list[int]:
    """Divide `count` frames into a number for every clip."""
    return np.bincount(np.arange(count) * clips // max(1, count), minlength=clips).tolist()


def _write_of_clip(folder: Path, spec: MiniSpec, clip: PlannedClip, labelled: int, empty: int) -> None:
    instances = read_instances(folder, clip.name)  # (N, H, W)
    covered = (instances > 0).mean(axis=(1, 2))
    frames = []
    for key, frames_of_kind, count, what in (
        ((), covered >= SMALLEST, labelled, "show a diver: ask for fewer labelled frames"),
        ((1,), covered == 0, empty, "show no diver: ask for fewer empty frames"),
    ):
        there = np.flatnonzero(frames_of_kind)
        if len(there) < count:
            raise UserError(f"Only {len(there)} frames of {clip.name} {what}.")
        frames += spec.rng(FRAMES, clip.number, *key).choice(there, count, replace=False).tolist()
    pictures = decode_all(folder / "rgb" / f"{clip.name}.mp4")
    for frame in sorted(frames):
        name = f"{clip.name}-{frame:04d}.png"
        masks = np.array(COLOURS, np.uint8)[instances[frame]]  # (H, W, 3)
        for kind, picture in (("images", pictures[frame]), ("masks", masks)):
            with atomic_file(folder / "frames" / kind / name) as file:
                Image.fromarray(picture).save(file, "PNG")
