"""Box IoU, on boxes whose overlaps are computed by hand."""

import numpy as np
import pytest

from segment.masks.boxiou import box_ious, frame_pairs


def boxes(*rows: tuple[float, ...]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


def test_the_iou_of_boxes_is_their_common_area_over_their_joint_area():
    ours = boxes((0, 0, 10, 10), (20, 20, 30, 30))
    theirs = boxes((0, 0, 10, 10), (5, 0, 15, 10), (10, 0, 20, 10))
    # the second shares 5 x 10 of 150 pixels; the third only touches, since the ends are half-open
    assert box_ious(ours, theirs) == pytest.approx(np.array([[1, 1 / 3, 0], [0, 0, 0]]))


def test_missed_and_extra_divers_are_pairs_of_iou_0():
    one, two = boxes((0, 0, 10, 10)), boxes((0, 0, 10, 10), (50, 50, 60, 60))
    assert frame_pairs(one, one) == (1.0, 1)
    assert frame_pairs(one, two) == (1.0, 2)  # a diver was missed
    assert frame_pairs(two, one) == (1.0, 2)  # a detection is extra
    assert frame_pairs(boxes(), two) == (0.0, 2)
    assert frame_pairs(two, boxes()) == (0.0, 2)
    assert frame_pairs(boxes(), boxes()) == (0.0, 0)


def test_pairs_are_chosen_for_the_largest_sum_not_greedily():
    true = boxes((0, 0, 10, 10), (4, 0, 14, 10))
    found = boxes((3, 0, 13, 10), (4, 0, 14, 10))
    # the best single pair is found 2 with true 2 (IoU 1), which leaves found 1 with true 1: 7 / 13
    total, pairs = frame_pairs(found, true)
    assert (total, pairs) == (pytest.approx(1 + 7 / 13), 2)


def test_two_divers_found_as_one_cost_what_the_definition_says():
    true = boxes((0, 0, 10, 10), (10, 0, 20, 10))
    assert frame_pairs(boxes((0, 0, 20, 10)), true) == (0.5, 2)
