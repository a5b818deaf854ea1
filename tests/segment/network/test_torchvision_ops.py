"""What stands in for torchvision's compiled operators, against their definitions written out."""

import sys

import numpy as np
import pytest
import torch

from segment.masks.boxiou import box_ious, reference_box_iou
from segment.network.torchvision_ops import load_detection, nms, roi_align
from xdomain.core.errors import UserError


def test_of_overlapping_boxes_the_surest_is_kept():
    rng = np.random.default_rng(1)
    corners = rng.uniform(0, 60, (80, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(5, 30, (80, 2))], axis=1).astype(np.float32)
    scores = rng.normal(size=80).astype(np.float32)  # also below 0
    kept: list[int] = []
    for number in np.argsort(-scores):
        if all(box_ious(boxes[number, None], boxes[other, None])[0, 0] <= 0.4 for other in kept):
            kept.append(int(number))
    assert nms(torch.from_numpy(boxes), torch.from_numpy(scores), 0.4).tolist() == kept
    assert nms(torch.empty(0, 4), torch.empty(0), 0.4).tolist() == []


def bilinear(picture: np.ndarray, y: float, x: float) -> float:
    """One sample; beyond the edge by more than a pixel there is nothing."""
    height, width = picture.shape
    if not (-1 <= y <= height and -1 <= x <= width):
        return 0.0
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    top, left = int(y), int(x)
    down, right = min(top + 1, height - 1), min(left + 1, width - 1)
    upper = picture[top, left] * (1 - (x - left)) + picture[top, right] * (x - left)
    lower = picture[down, left] * (1 - (x - left)) + picture[down, right] * (x - left)
    return upper * (1 - (y - top)) + lower * (y - top)


@pytest.mark.parametrize("ratio", [2, -1])
def test_regions_are_pooled_sample_by_sample(ratio):
    maps = torch.randn(2, 3, 9, 11, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    boxes = [torch.tensor([[2.0, 1.0, 15.0, 13.0], [-3.0, 4.0, 3.0, 30.0]]), torch.tensor([[6.0, 6.0, 6.5, 20.0]])]
    pooled = roi_align(maps, boxes, (2, 3), 0.5, ratio)
    assert pooled.shape == (3, 3, 2, 3)
    regions = [(0, *boxes[0][0].tolist()), (0, *boxes[0][1].tolist()), (1, *boxes[1][0].tolist())]
    for region, (number, x0, y0, x1, y1) in enumerate(regions):
        height, width = max((y1 - y0) / 2, 1) / 2, max((x1 - x0) / 2, 1) / 3  # of a bin
        down, across = (2, 2) if ratio > 0 else (int(np.ceil(height)), int(np.ceil(width)))
        for row in range(2):
            for column in range(3):
                ys = [y0 / 2 + (row + (step + 0.5) / down) * height for step in range(down)]
                xs = [x0 / 2 + (column + (step + 0.5) / across) * width for step in range(across)]
                expected = np.mean([bilinear(maps[number, 1].numpy(), y, x) for y in ys for x in xs])
                assert pooled[region, 1, row, column].item() == pytest.approx(expected, abs=1e-5)


def test_without_torchvision_a_sentence_names_the_extra(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(UserError, match=r"needs torchvision, which is not installed: pip install 'xdomain\[zoo\]'"):
        load_detection()


def test_the_papers_box_iou_is_of_the_first_diver_and_the_best_tenth():
    true = np.array([[0, 0, 10, 10], [50, 50, 60, 60]], np.float32)
    found = np.array([[0, 0, 10, 5, 0.1], [0, 0, 10, 8, 0.9], [50, 50, 60, 60, 1]], np.float32)
    assert reference_box_iou(found, true) == pytest.approx(0.8)
    assert reference_box_iou(np.repeat(found, 7, axis=0)[:20], true) == pytest.approx(0.8)  # two of twenty
    assert reference_box_iou(np.concatenate([found] + [found[2:]] * 17), true) == pytest.approx(0.65)
    assert reference_box_iou(found[:0], true) == 0
    assert reference_box_iou(found, true[:0]) is None
