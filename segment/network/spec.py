"""A training of the diver network is data: `SegmentSpec` decides everything that it computes. No heavy imports."""

import dataclasses
import re
from dataclasses import dataclass
from typing import Any

from segment.masks.clip_masks import HEIGHT, WIDTH
from segment.network.models import SIDES
from xdomain.core.errors import UserError

STUDY = "segment"


@dataclass(frozen=True)
class SegmentSpec:
    """One training on the labelled frames of a dataset. `id` is also the run's folder below the runs root."""

    dataset: str = "diving48"  # a folder below the data root, with frames/images and frames/masks
    model: str = "deeplabv3plus-r50"  # a name in segment/network/models.py
    tag: str = ""  # the run's name; empty for the model's
    pretrained: str = ""  # a path or URL of weights to start from; empty: from scratch
    height: int = HEIGHT  # of the network's input; frames are resized to it, predictions back
    width: int = WIDTH  # likewise
    crop: int = 320  # pixels of a side of the square that a training sample shows; the frame's own at most
    scale_min: float = 0.5  # training frames are resized by a factor drawn from this range
    scale_max: float = 2.0  # its other end
    val_frames: int = 13  # held out; the paper trains on the other 290 of the 303 released frames
    split_seed: int = 42  # of which frames those are
    seed: int = 42  # of initial weights, order and augmentation
    iterations: int = 4000  # steps of the optimizer
    val_interval: int = 100  # iterations between two validations, each of which leaves a checkpoint
    batch_size: int = 8  # frames of a step
    lr: float = 2e-4  # of AdamW, after a warm-up; decays to nothing by the last iteration
    cpu_threads: int = 1  # fixed, because the number of threads changes the last bits of a sum

    def check(self) -> None:
        """Refuse values that cannot be run.

        Raises:
            UserError: says which, and what to change.
        """
        least = dict.fromkeys(("height", "width", "crop", "val_frames", "val_interval", "cpu_threads"), 1)
        least |= {"iterations": 2, "batch_size": 2}  # one warms up; batch normalisation needs two
        for name, value in least.items():
            if getattr(self, name) < value:
                raise UserError(f"{name} is {getattr(self, name)}: it takes a whole number of {value} or more.")
        multiple = SIDES.get(self.model, 1)
        for name in ("height", "width", "crop"):
            if getattr(self, name) % multiple:
                raise UserError(
                    f"{name} is {getattr(self, name)}: {self.model} takes multiples of {multiple}, "
                    "such as --height 240 --width 320 --crop 320."
                )
        if not 0 < self.scale_min <= self.scale_max:
            raise UserError(f"Scales from {self.scale_min} to {self.scale_max}: give 0 < scale_min <= scale_max.")
        if not 0 < self.lr < float("inf"):
            raise UserError(f"lr is {self.lr}: it takes a number above 0.")
        if not 0 <= self.seed < 2**32:
            raise UserError(f"--seed {self.seed}: takes a whole number from 0 to {2**32 - 1}.")
        if self.tag and not re.fullmatch(r"[A-Za-z0-9_.-]+", self.tag):
            raise UserError(f"--tag {self.tag}: use letters, digits, '_', '.' and '-', since it names a folder.")

    @property
    def id(self) -> str:
        """Such as `segment/deeplabv3plus-r50`."""
        return f"{STUDY}/{self.tag or self.model}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; `from_dict` is the inverse."""
        return {"id": self.id, "study": STUDY} | dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "SegmentSpec":
        """Rebuild a spec from `to_dict`'s JSON.

        Raises:
            UserError: a key is unknown (another version's file).
        """
        fields = {key: value for key, value in values.items() if key not in ("id", "study")}
        try:
            return cls(**fields)
        except TypeError as error:
            raise UserError(
                f"The spec of {values.get('id')} does not fit this version of segment ({error}). "
                "Use the version that wrote it, or move the run folder away."
            ) from error
