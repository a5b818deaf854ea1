"""Labelled frames of the training videos, in the layout of the released segmentation set (doi:10.7910/DVN/OXKE6E).

frames/images/<id>.png      a decoded frame
frames/masks/<id>.png       RGB, each diver one colour, black background
frames/background/<id>.png  a frame without a diver; the released set has none
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
    """Write `spec.labelled` frames with a diver in sight and `spec.background` without, spread over the training clips.

    Raises:
        UserError: hardly any frame of a clip shows a diver, or none.
    """
    training = [clip for clip in clips if clip.part == "train"]
    labelled, background = (_spread(count, len(training)) for count in (spec.labelled, spec.background))
    for clip, with_diver, without in zip(training, labelled, background, strict=True):
        if with_diver or without:
            _write_of_clip(folder, spec, clip, with_diver, without)


def _spread(frames: int, clips: int) -> list[int]:
    """How many of the frames each clip gives."""
    return np.bincount(np.arange(frames) * clips // max(1, frames), minlength=clips).tolist()


def _write_of_clip(folder: Path, spec: MiniSpec, clip: PlannedClip, with_diver: int, without: int) -> None:
    instances = read_instances(folder, clip.name)  # (N, H, W)
    share = (instances > 0).mean(axis=(1, 2))  # (N,)
    seen, gone = np.flatnonzero(share >= SMALLEST), np.flatnonzero(share == 0)
    if len(seen) < with_diver:
        raise UserError(f"Only {len(seen)} frames of {clip.name} show a diver: ask for fewer labelled frames.")
    if len(gone) < without:
        raise UserError(f"Only {len(gone)} frames of {clip.name} show no diver: ask for fewer frames of background.")
    pictures = decode_all(folder / "rgb" / f"{clip.name}.mp4")
    rng = spec.rng(FRAMES, clip.number)
    for frame in sorted(rng.choice(seen, with_diver, replace=False).tolist()):
        masks = np.array(COLOURS, np.uint8)[instances[frame]]  # (H, W, 3)
        _write(folder / "frames" / "images", clip, frame, pictures[frame])
        _write(folder / "frames" / "masks", clip, frame, masks)
    for frame in sorted(rng.choice(gone, without, replace=False).tolist()):
        _write(folder / "frames" / "background", clip, frame, pictures[frame])


def _write(folder: Path, clip: PlannedClip, frame: int, picture: np.ndarray) -> None:
    with atomic_file(folder / f"{clip.name}-{frame:04d}.png") as file:
        Image.fromarray(picture).save(file, "PNG")
