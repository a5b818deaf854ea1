"""The agreement of two mask sets, drawn so that every share can be computed by hand."""

from pathlib import Path

import pytest
from made_masks import clip_masks

from segment.agreement import agreement
from segment.masks import ClipMasks, MaskSet, MaskShard, begin_set, open_masks
from xdomain.errors import UserError


def mask_set(folder: Path, *clips: ClipMasks) -> MaskSet:
    begin_set(folder, {"source": "hand", "frames": len(clips[0].masks)})
    with MaskShard(folder, 0, 1) as shard:
        for clip in clips:
            shard.add(clip)
    return open_masks(folder)


def test_every_share_is_as_computed_by_hand(tmp_path):
    """The masks of `clip_masks` are the upper halves of the boxes."""
    true = mask_set(
        tmp_path / "true", clip_masks("a_1", [(0, 0, 20, 20)], [(100, 0, 120, 20)]), clip_masks("b_1", [], [])
    )
    found = mask_set(
        tmp_path / "found",
        clip_masks("a_1", [(10, 0, 20, 20)], []),  # half of the first diver, nothing of the second
        clip_masks("c_1", [(0, 0, 300, 300)], []),  # of no clip that the other has
    )
    result = agreement(found, true)
    assert (result.clips, result.frames) == (1, 2)
    assert result.box_iou == pytest.approx((0.5 + 0) / 2)
    assert result.mask_iou == pytest.approx(100 / 400)
    assert result.hidden == pytest.approx(100 / 400)


def test_a_set_agrees_with_itself(tmp_path):
    true = mask_set(tmp_path, clip_masks("a_1", [(0, 0, 20, 20), (30, 30, 50, 60)]))
    result = agreement(true, true)
    assert (result.box_iou, result.mask_iou, result.hidden) == (1, 1, 1)


def test_sets_that_cannot_be_compared_are_refused(tmp_path):
    one = mask_set(tmp_path / "one", clip_masks("a_1", [(0, 0, 20, 20)]))
    other = mask_set(tmp_path / "other", clip_masks("b_1", [(0, 0, 20, 20)]))
    longer = mask_set(tmp_path / "longer", clip_masks("a_1", [], []))
    with pytest.raises(UserError, match="no clip in common"):
        agreement(one, other)
    with pytest.raises(UserError, match=r"has 1 frames a clip and .* 2"):
        agreement(one, longer)
