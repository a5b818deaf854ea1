"""What is drawn: the options of a set, and from them every clip's name, label, pool and length."""

import json
import string
from dataclasses import dataclass
from importlib import resources

import numpy as np

from xdomain.errors import UserError

# Independent random streams of one seed: numpy's `spawn_key`.
PLAN, POOL, SOURCE, CLIP, FRAMES = range(5)
SOURCE_CLIPS = (3, 8)  # clips cut from one source video, fewest and most
LENGTHS = 0.15  # a clip is up to this part longer or shorter than `length`
LETTERS = np.array(list(string.ascii_letters + string.digits + "-_"))


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
    background: int = 0  # frames of training videos without a diver
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
        elif not 0 <= self.background <= 4 * self.train:
            wrong = f"{self.background} frames of background: take at most four a training clip, {4 * self.train}"
        elif self.seed < 0:
            wrong = f"seed {self.seed}: take 0 or more"
        if wrong:
            raise UserError(f"Mini-Diving48 cannot be drawn so: {wrong}.")

    def rng(self, stream: int, *key: int) -> np.random.Generator:
        """A random stream of its own for every thing that is drawn."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(stream, *key)))


@dataclass(frozen=True)
class PlannedClip:
    """One clip before it is drawn. `number` counts all clips of the set, `source` all source videos."""

    number: int
    name: str  # <11-character id of the source video>_<5 digits>
    part: str  # train or test
    label: int
    source: int
    pool: int  # the pool of this label, whichever class dives in it
    frames: int

    def entry(self) -> dict[str, str | int]:
        """Its object in the archive's listing."""
        return {"vid_name": self.name, "label": self.label, "start_frame": 0, "end_frame": self.frames}


def vocabulary() -> list[list[str]]:
    """Diving48's 48 classes in label order: [takeoff, somersault, twist, position]."""
    return json.loads(resources.files(__package__).joinpath("Diving48_vocab.json").read_text())


def pick_classes(count: int) -> list[int]:
    """`count` labels that differ in as many attributes as they can: each next one is the farthest from those taken."""
    words = np.array(vocabulary())  # (48, 4)
    distance = (words[:, None] != words[None]).sum(axis=2)  # (48, 48) attributes that differ
    taken = [words.tolist().index(["Forward", "15som", "NoTwis", "PIKE"])]
    while len(taken) < count:
        to_taken = distance[:, taken]
        score = to_taken.min(axis=1) * 1000 + to_taken.sum(axis=1)
        score[taken] = -1
        taken.append(int(score.argmax()))
    return sorted(taken)


def plan(spec: MiniSpec) -> list[PlannedClip]:
    """All clips, training first. Classes are balanced, and no source video is in both parts."""
    classes = pick_classes(spec.classes)
    clips: list[PlannedClip] = []
    sources: dict[str, int] = {}  # id -> number of the source video
    for part, count, bias in (("train", spec.train, spec.bias), ("test", spec.test, spec.test_bias)):
        rng = spec.rng(PLAN, ("train", "test").index(part))
        labels = rng.permutation(np.resize(rng.permutation(classes), count))
        left = 0
        for label in labels.tolist():
            if left == 0:
                left = place = int(rng.integers(SOURCE_CLIPS[0], SOURCE_CLIPS[1] + 1))
                source = _new_id(rng, sources)
                sources[source] = len(sources)
                own_pool = int(rng.integers(48))
            frames = round(spec.length * (1 + LENGTHS * rng.uniform(-1, 1)))
            pool = label if rng.random() < bias else own_pool
            name = f"{source}_{place - left:05d}"
            clips.append(PlannedClip(len(clips), name, part, label, sources[source], pool, frames))
            left -= 1
    return clips


def _new_id(rng: np.random.Generator, taken: dict[str, int]) -> str:
    """Eleven characters like those of the archive, the first no '-' so that no tool takes a name for an option."""
    while True:
        name = LETTERS[rng.integers(62)] + "".join(LETTERS[rng.integers(64, size=10)])
        if name.casefold() not in (other.casefold() for other in taken):
            return name
