"""From probabilities to divers, on pictures drawn pixel by pixel."""

import numpy as np
import pytest

from segment.masks.clip_masks import HEIGHT, WIDTH
from segment.masks.divers import find_divers, instance_boxes
from segment.masks.rules import Rules

PLAIN = Rules(min_area=4, min_confidence=0, link=0)


def picture(*patches: tuple[int, int, int, int, float]) -> np.ndarray:
    """Probabilities (369, 492), 0.1 but for patches x0, y0, x1, y1, p."""
    probability = np.full((HEIGHT, WIDTH), 0.1, np.float32)
    for x0, y0, x1, y1, p in patches:
        probability[y0:y1, x0:x1] = p
    return probability


def test_the_threshold_is_0_4_and_exclusive():
    mask, boxes = find_divers(picture((10, 20, 14, 26, 0.41), (50, 50, 60, 60, 0.4)), PLAIN)
    assert boxes[:, :4].tolist() == [[10, 20, 14, 26]]
    assert mask.sum() == 24
    assert mask[20:26, 10:14].all()


def test_detections_are_ordered_by_mean_probability_and_two_keep_their_pixels():
    patches = [(0, 0, 20, 20, 0.5), (100, 0, 110, 10, 0.9), (200, 0, 210, 10, 0.7)]
    mask, boxes = find_divers(picture(*patches), PLAIN)
    assert boxes[:, 0].tolist() == [100, 200, 0]  # every detection has a box
    assert boxes[:, 4] == pytest.approx([0.9, 0.7, 0.5])
    assert mask[:, 100:].sum() == 200
    assert not mask[:, :100].any()  # the third keeps no pixels


def test_groups_of_low_confidence_are_no_detections():
    """The first's mean is (2 × 0.65 + 0.41) / 3."""
    probability = picture((0, 0, 10, 20, 0.65), (0, 20, 10, 30, 0.41), (50, 50, 60, 60, 0.49))
    _, boxes = find_divers(probability, Rules(min_area=4, min_confidence=0.5, link=0))
    assert boxes.tolist() == [[0, 0, 10, 30, pytest.approx(0.57)]]


def test_specks_are_no_detections():
    _, boxes = find_divers(picture((0, 0, 2, 2, 0.9), (50, 50, 53, 51, 0.99)), PLAIN)
    assert boxes[:, :4].tolist() == [[0, 0, 2, 2]]


def test_parts_within_twice_the_link_are_one_diver_and_keep_only_their_own_pixels():
    patches = [(10, 10, 20, 20, 0.8), (22, 10, 32, 20, 0.6)]  # two columns lie between
    mask, boxes = find_divers(picture(*patches), Rules(min_area=4, min_confidence=0, link=1))
    assert boxes[:, :4].tolist() == [[10, 10, 32, 20]]
    assert boxes[0, 4] == pytest.approx(0.7)
    assert mask.sum() == 200
    assert len(find_divers(picture(*patches), PLAIN)[1]) == 2


def test_a_frame_without_divers_has_none():
    mask, boxes = find_divers(picture(), PLAIN)
    assert not mask.any()
    assert boxes.shape == (0, 5)
    assert boxes.dtype == np.float32


def test_boxes_of_labelled_divers():
    instances = np.zeros((20, 30), np.uint8)
    instances[2:5, 3:9] = 1
    instances[10, 20] = 2
    assert instance_boxes(instances).tolist() == [[3, 2, 9, 5], [20, 10, 21, 11]]
    assert instance_boxes(np.zeros((4, 4), np.uint8)).shape == (0, 4)
