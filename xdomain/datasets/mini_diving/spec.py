"""The options of a set of drawn dives."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xdomain.core.errors import UserError

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class MiniSpec:
    """The options of a set; the same options give the same files."""

    train: int = 240  # clips
    test: int = 60  # clips
    classes: int = 8  # of the vocabulary's 48
    height: int = 240  # pixels, even
    width: int = 320
    length: int = 56  # frames of a clip, on average
    bias: float = 0.0  # probability that a training clip's pool is the one that belongs to its class
    test_bias: float = 0.0  # the same for test clips
    pairs: float = 0.25  # part of the dives made by two divers at once
    labelled: int = 40  # frames of training videos with masks, as the segmentation data set has them
    empty: int = 0  # further such frames in which no diver is to be seen; the segmentation data set has none
    seed: int = 1

    def check(self) -> None:
        """Refuse options that nothing can be drawn with.

        Raises:
            UserError: says which, and what to change.
        """
        wrong = ""
        if min(self.train, self.test) < 1:
            wrong = "train and test need one clip each at least"
        elif not 2 <= self.classes <= 48:
            wrong = f"{self.classes} classes: take 2 to 48, the vocabulary has no more"
        elif self.height % 2 or self.width % 2 or not (64 <= self.height <= 1080 and 64 <= self.width <= 1920):
            wrong = f"{self.height}x{self.width} pixels: take even numbers from 64x64 to 1080x1920"
        elif not 12 <= self.length <= 400:
            wrong = f"{self.length} frames: a dive takes 12 to 400"
        elif not (0 <= self.bias <= 1 and 0 <= self.test_bias <= 1):
            wrong = "a bias is a probability, from 0 to 1"
        elif not 0 <= self.pairs <= 1:
            wrong = f"pairs {self.pairs}: a part of the dives, from 0 to 1"
        elif not 0 <= self.labelled <= 4 * self.train:
            wrong = f"{self.labelled} labelled frames: take at most four a training clip, {4 * self.train}"
        elif not 0 <= self.empty <= self.train:
            wrong = f"{self.empty} empty frames: take at most one a training clip, {self.train}"
        elif self.seed < 0:
            wrong = f"seed {self.seed}: take 0 or more"
        if wrong:
            raise UserError(f"Mini-Diving48 cannot be drawn so: {wrong}.")

    def rng(self, stream: int, *key: int) -> "np.random.Generator":
        """Make a random stream of its own for every thing that is drawn."""
        import numpy as np  # not for a command's --help

        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(stream, *key)))
