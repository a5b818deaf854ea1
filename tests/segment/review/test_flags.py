"""Flags on boxes drawn by hand."""

from support.made_masks import clip_masks

from segment.review.flags import FLAGS, flags_of

HERE, NEAR, FAR = (100, 100, 140, 180), (120, 110, 160, 190), (300, 100, 340, 180)
NONE = {flag: [] for flag in FLAGS}


def raised(*frames):
    return {flag: found for flag, found in flags_of(clip_masks("a_00001", *frames)).items() if found}


def test_a_plain_dive_raises_nothing():
    assert flags_of(clip_masks("a_00001", [HERE], [NEAR], [NEAR])) == NONE


def test_gone_at_the_ends_is_not_vanishing():
    assert raised([], [HERE], [NEAR], []) == {"no diver": [0, 3]}


def test_gone_in_between_is():
    assert raised([HERE], [], [], [NEAR], []) == {"no diver": [1, 2, 4], "vanishing": [1, 2]}


def test_nothing_at_all():
    assert raised([], []) == {"no diver": [0, 1]}


def test_a_leap():
    assert raised([HERE], [FAR], [FAR]) == {"jumping": [1]}


def test_a_leap_of_exactly_a_quarter_is_none():
    assert raised([HERE], [(100 + 123, 100, 140 + 123, 180)]) == {}
    assert raised([HERE], [(101 + 123, 100, 141 + 123, 180)]) == {"jumping": [1]}


def test_far_but_overlapping_is_no_leap():
    assert raised([(0, 0, 300, 100)], [(290, 0, 320, 100)]) == {}


def test_two_divers_may_change_rank():
    assert raised([HERE, FAR], [FAR, HERE], [HERE, FAR]) == {}


def test_a_leap_over_a_gap_is_not_known():
    assert raised([HERE], [], [FAR]) == {"no diver": [1], "vanishing": [1]}


def test_filling():
    assert raised([HERE], [(0, 0, 492, 184)], [(0, 0, 492, 185)]) == {"filling": [2]}


def test_crowded():
    assert raised([HERE, FAR], [HERE, FAR, (1, 1, 3, 3)]) == {"crowded": [1]}
