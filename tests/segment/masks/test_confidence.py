"""The threshold is chosen by what frames with and without divers say, computed by hand."""

import numpy as np
import pytest

from segment.masks.confidence import THRESHOLDS, choose_threshold, pairs_by_threshold

DIVER = np.array([[0, 0, 10, 10]], np.float32)
NOBODY = np.zeros((0, 4), np.float32)


def found(*confidences: float) -> np.ndarray:
    """Detections of exactly the diver, one for each confidence."""
    return np.array([[0, 0, 10, 10, confidence] for confidence in confidences], np.float32).reshape(-1, 5)


def chosen(*frames: tuple[np.ndarray, np.ndarray]) -> tuple[float, float]:
    return choose_threshold(sum(pairs_by_threshold(*frame) for frame in frames))


def test_every_threshold_counts_the_detections_that_are_as_sure():
    pairs = pairs_by_threshold(found(0.9, 0.6), DIVER)
    by_threshold = dict(zip(np.round(THRESHOLDS, 2).tolist(), pairs.tolist(), strict=True))
    assert by_threshold[0.55] == [1, 2]  # one of the two is extra
    assert by_threshold[0.75] == [1, 1]
    assert by_threshold[0.95] == [0, 1]  # missed


def test_the_middle_between_the_surest_false_and_the_least_sure_true_detection():
    confidence, box_iou = chosen((found(0.9), DIVER), (found(0.95), DIVER), (found(0.7), NOBODY))
    # from 0.71 to 0.90 (0.9 is a little less in 32 bits: to 0.89) all is right
    assert confidence == pytest.approx(0.80, abs=0.011)
    assert box_iou == 1


def test_thresholds_about_as_good_as_the_best_take_part():
    """One diver of a thousand that is found up to 0.6 only does not pull the threshold below 0.6."""
    frames = [(found(0.9), DIVER)] * 999 + [(found(0.6), DIVER)]
    confidence, box_iou = chosen(*frames)
    assert confidence == pytest.approx(0.70, abs=0.011)
    assert box_iou == pytest.approx(0.999)


def test_a_range_that_is_about_as_good_but_lies_apart_takes_no_part():
    pairs = np.full((len(THRESHOLDS), 2), (200.0, 200.0))
    pairs[10:30, 0] = 190  # 0.60 to 0.79: worse by 5 points
    pairs[:10, 1] = 200.5  # 0.50 to 0.59: worse by a quarter of a point only
    confidence, box_iou = choose_threshold(pairs)
    assert confidence == pytest.approx(0.89)  # the middle of 0.80 to 0.98
    assert box_iou == 1


def test_without_any_pair_there_is_a_threshold_all_the_same():
    assert chosen((found(), NOBODY)) == (pytest.approx(0.74), 0)
