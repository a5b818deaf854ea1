"""Divers one by one, reduced to what the domains need."""

import numpy as np

from segment.masks.divers import find_divers
from segment.masks.instances import Diver, reduce_divers, tight_box
from segment.masks.rules import Rules


def diver(rows: slice, columns: slice, confidence: float) -> Diver:
    mask = np.zeros((369, 492), bool)
    mask[rows, columns] = True
    return Diver((columns.start, rows.start, columns.stop, rows.stop), confidence, mask)


def test_divers_that_touch_stay_two_where_connected_pixels_are_one():
    left, right = diver(slice(50, 90), slice(100, 120), 0.8), diver(slice(60, 120), slice(120, 140), 0.9)
    mask, boxes = reduce_divers([left, right])
    np.testing.assert_array_equal(mask, left.mask | right.mask)
    np.testing.assert_allclose(boxes, [[120, 60, 140, 120, 0.9], [100, 50, 120, 90, 0.8]], rtol=1e-6)
    assert len(find_divers(mask.astype(np.float32), Rules())[1]) == 1


def test_two_are_shown_and_all_are_boxes_the_larger_of_equals_first():
    small, large = diver(slice(0, 10), slice(0, 10), 0.7), diver(slice(20, 60), slice(0, 10), 0.7)
    sure = diver(slice(100, 110), slice(0, 10), 0.95)
    mask, boxes = reduce_divers([small, large, sure])
    np.testing.assert_array_equal(mask, large.mask | sure.mask)
    assert boxes[:, 1].tolist() == [100, 20, 0]


def test_no_diver_is_no_box():
    mask, boxes = reduce_divers([])
    assert not mask.any()
    assert boxes.shape == (0, 5)
    assert tight_box(mask) is None
