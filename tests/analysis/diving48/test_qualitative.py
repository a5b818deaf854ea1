"""Attributes shared with the true class, and which clips stand for it."""

import numpy as np

from analysis.published.qualitative import misclassifications, random_clips, shared_attributes
from xdomain.studies.vocabulary import vocabulary

WORDS = [["Back", "2som", "NoTwis", "PIKE"], ["Back", "2som", "1Twis", "TUCK"], ["Inward", "2som", "NoTwis", "TUCK"]]


def test_each_wrong_class_counts_once_over_both_domains() -> None:
    assert misclassifications(3, [3, 5, 5], [1, 3, 5]) == [1, 5]
    assert misclassifications(3, [3], [3]) == []


def test_shared_attributes_by_hand() -> None:
    assert shared_attributes(0, [1, 2], WORDS) == (2 + 2, 8)
    assert shared_attributes(0, [], WORDS) == (0, 0)


def test_the_paper_counts_ten_of_sixteen() -> None:
    assert shared_attributes(34, [8, 20, 35, 44], vocabulary()) == (10, 16)


def test_five_clips_whatever_their_order() -> None:
    names = np.array([f"v_{i:02}" for i in range(20)])
    labels = np.arange(20) % 2
    chosen = set(names[random_clips(names, labels, 1)])
    assert len(chosen) == 5
    assert all(int(name[2:]) % 2 == 1 for name in chosen)
    order = np.random.default_rng(0).permutation(20)
    assert set(names[order][random_clips(names[order], labels[order], 1)]) == chosen
    assert set(names[random_clips(names, labels, 1, seed=1)]) != chosen


def test_a_small_class_is_taken_whole() -> None:
    names, labels = np.array(["b", "a", "c"]), np.array([7, 7, 1])
    assert random_clips(names, labels, 7).tolist() == [1, 0]
    assert random_clips(names, labels, 2).tolist() == []
