"""Plan what is drawn: from the options of a set, every clip's name, label, pool and length."""

import string
from dataclasses import dataclass

import numpy as np

from xdomain.datasets.mini_diving.spec import MiniSpec
from xdomain.studies.vocabulary import vocabulary

# Independent random streams of one seed: numpy's `spawn_key`.
PLAN, POOL, SOURCE, CLIP, FRAMES = range(5)
SOURCE_CLIPS = (3, 8)  # clips cut from one source video, fewest and most
LENGTHS = 0.15  # a clip is up to this part longer or shorter than `length`
LETTERS = np.array(list(string.ascii_letters + string.digits + "-_"))


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
        """Return its object in the archive's listing."""
        return {"vid_name": self.name, "label": self.label, "start_frame": 0, "end_frame": self.frames}


def pick_classes(count: int) -> list[int]:
    """Pick `count` labels that differ in as many attributes as can be: each is the farthest from those before."""
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
    """Plan all clips, training first. Classes are balanced, and no source video is in both parts."""
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
    """Draw eleven characters like the archive's, the first no '-' so that no tool takes a name for an option."""
    while True:
        name = LETTERS[rng.integers(62)] + "".join(LETTERS[rng.integers(64, size=10)])
        if name.casefold() not in (other.casefold() for other in taken):
            return name
