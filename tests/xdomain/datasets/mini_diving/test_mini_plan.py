"""What is going to be drawn: names, labels, parts and pools."""

import re

import numpy as np
import pytest

from xdomain.core.errors import UserError
from xdomain.datasets.mini_diving.plan import pick_classes, plan
from xdomain.datasets.mini_diving.spec import MiniSpec
from xdomain.studies.vocabulary import vocabulary


def test_the_vocabulary_is_the_archives():
    words = vocabulary()
    assert len(words) == 48
    assert words[0] == ["Back", "15som", "05Twis", "FREE"]
    assert words[30] == ["Forward", "Dive", "NoTwis", "STR"]
    assert words[47] == ["Reverse", "Dive", "NoTwis", "TUCK"]


def test_few_classes_differ_in_all_their_attributes():
    words = np.array(vocabulary())[pick_classes(4)]
    assert len(set(words[:, 0])) == 4  # every takeoff
    differing = (words[:, None] != words[None]).sum(axis=2)
    assert differing[~np.eye(4, dtype=bool)].min() >= 3
    assert pick_classes(48) == list(range(48))


def test_names_are_like_the_archives_and_parts_share_no_source_video():
    clips = plan(MiniSpec(train=50, test=30, classes=6))
    names = [clip.name for clip in clips]
    assert len(set(names)) == 80
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{10}_\d{5}", name) for name in names)
    sources = {part: {c.name.rpartition("_")[0] for c in clips if c.part == part} for part in ("train", "test")}
    assert not sources["train"] & sources["test"]
    assert 50 / 8 <= len(sources["train"]) <= 50 / 3 + 1
    assert [clip.part for clip in clips] == ["train"] * 50 + ["test"] * 30


def test_classes_are_balanced_and_lengths_vary():
    clips = plan(MiniSpec(train=60, test=12, classes=6, length=50))
    counts = np.bincount([clip.label for clip in clips if clip.part == "train"])
    assert sorted(counts[counts > 0]) == [10] * 6
    lengths = [clip.frames for clip in clips]
    assert min(lengths) >= 42
    assert max(lengths) <= 58
    assert len(set(lengths)) > 8


@pytest.mark.parametrize("bias", [0.0, 0.5, 1.0])
def test_bias_is_the_part_of_clips_in_their_classs_pool(bias):
    clips = plan(MiniSpec(train=600, test=600, classes=8, bias=bias, test_bias=1 - bias))
    for part, wanted in (("train", bias), ("test", 1 - bias)):
        own = np.mean([clip.pool == clip.label for clip in clips if clip.part == part])
        assert own == pytest.approx(wanted + (1 - wanted) / 48, abs=0.06)


def test_without_bias_clips_of_one_source_video_share_a_pool():
    pools: dict[int, set[int]] = {}
    for clip in plan(MiniSpec(train=100)):
        pools.setdefault(clip.source, set()).add(clip.pool)
    assert all(len(pool) == 1 for pool in pools.values())
    assert len(set.union(*pools.values())) > 10


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"train": 0}, "train and test"),
        ({"classes": 49}, "no more"),
        ({"classes": 1}, "1 classes"),
        ({"height": 121}, "even"),
        ({"width": 4}, "64x64"),
        ({"length": 3}, "frames"),
        ({"bias": 1.5}, "from 0 to 1"),
        ({"test_bias": -0.1}, "from 0 to 1"),
        ({"pairs": 2}, "pairs 2: a part of the dives"),
        ({"train": 2, "labelled": 9}, "at most four"),
        ({"train": 2, "labelled": 0, "empty": 3}, "at most one"),
        ({"seed": -1}, "seed"),
    ],
)
def test_options_that_cannot_be_drawn(options, words):
    with pytest.raises(UserError, match=words):
        MiniSpec(**options).check()
