"""The agreement of found with true masks, drawn so that every share can be computed by hand."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from support.made_masks import clip_masks
from support.roots import set_roots

from segment.__main__ import main
from segment.masks.agreement import agreement
from segment.masks.clip_masks import ClipMasks
from segment.masks.mask_set import MaskShard, begin_set
from xdomain.core.errors import UserError

BOX = (100, 100, 140, 180)  # 40 × 80; the masks of `clip_masks` are the upper halves of the boxes
RIGHT = (120, 100, 140, 180)
TRUE = {"a": clip_masks("a", [BOX], []), "b": clip_masks("b", [BOX], [BOX])}
# a: the right half found, and a box where nothing is; b: one of two frames found
FOUND = {"a": clip_masks("a", [RIGHT], [BOX]), "b": clip_masks("b", [BOX], [])}


def test_every_share_is_as_computed_by_hand():
    result = agreement("ab", FOUND, TRUE)
    assert (result.clips, result.frames) == (2, 4)
    assert result.box_iou == pytest.approx((0.5 + 0 + 1 + 0) / 4)
    assert result.hidden_by_t == pytest.approx((800 + 1600) / 4800)
    assert result.kept_by_s1 == pytest.approx((800 + 1600) / 4800)
    assert result.shown_wrongly_by_s1 == pytest.approx(1600 / 4000)
    assert result.mask_iou == pytest.approx(2400 / (4800 + 1600))


def test_t_hides_whole_boxes_where_s1_shows_pixels():
    lower = clip_masks("a", [(100, 60, 140, 140)])  # its mask's upper half ends where the true diver begins
    result = agreement("a", {"a": lower}, {"a": clip_masks("a", [BOX])})
    assert (result.hidden_by_t, result.kept_by_s1) == (1, 0)


def test_masks_agree_with_themselves():
    result = agreement("ab", TRUE, TRUE)
    assert (result.box_iou, result.mask_iou, result.hidden_by_t, result.kept_by_s1) == (1, 1, 1, 1)
    assert result.shown_wrongly_by_s1 == 0


def test_nothing_to_measure():
    nothing = {"a": clip_masks("a", [], [])}
    result = agreement("a", nothing, nothing)
    assert {result.box_iou, result.mask_iou, result.hidden_by_t, result.shown_wrongly_by_s1} == {None}


def test_masks_that_cannot_be_compared_are_refused():
    with pytest.raises(UserError, match="no clip to compare"):
        agreement([], FOUND, TRUE)
    with pytest.raises(UserError, match="Clip b has found masks of 2 frames and true ones of 1"):
        agreement("b", FOUND, {"b": clip_masks("b", [BOX])})


@pytest.fixture
def compare(tmp_path, monkeypatch):
    """The command on the sets above, as a function of its options."""
    set_roots(monkeypatch, data=tmp_path)
    _write(tmp_path / "mini/masks/truth", TRUE)
    _write(tmp_path / "mini/masks/predicted", FOUND)
    return lambda *options: CliRunner().invoke(main, ["compare", *options])


def _write(folder: Path, clips: dict[str, ClipMasks]) -> None:
    begin_set(folder, {"source": "hand", "frames": 2})
    with MaskShard(folder, 0, 1) as shard:
        for clip in clips.values():
            shard.add(clip)


def test_the_command_says_the_shares(compare):
    done = compare()
    assert done.exit_code == 0
    assert done.output == (
        "predicted: 4 frames of 2 clips: box IoU 37.5%, mask IoU 37.5%, T hides 50.0% of the divers' pixels.\n"
    )


def test_several_sets_stand_side_by_side(compare, tmp_path):
    _write(tmp_path / "mini/masks/perfect", TRUE)
    done = compare("--masks", "predicted,perfect")
    assert done.exit_code == 0
    first, second = done.output.splitlines()
    assert first.startswith("predicted: 4 frames of 2 clips: box IoU 37.5%")
    assert (
        second == "perfect: 4 frames of 2 clips: box IoU 100.0%, mask IoU 100.0%, T hides 100.0% of the divers' pixels."
    )
    assert compare("--masks", "predicted,perfect", "--at-least-iou", "0.5").exit_code == 1


def test_the_command_fails_where_less_is_reached_than_demanded(compare):
    assert compare("--at-least-iou", "0.37", "--at-least-hidden", "0.5").exit_code == 0
    done = compare("--at-least-iou", "0.8", "--at-least-hidden", "0.5")
    assert done.exit_code == 1
    assert "The box IoU is below 80.0%" in done.output
    assert "T hides less" not in done.output
    done = compare("--at-least-hidden", "0.95")
    assert done.exit_code == 1
    assert "T hides less than 95.0%" in done.output


def test_the_command_names_clips_without_masks(compare, tmp_path):
    _write(tmp_path / "mini/masks/half", {"a": FOUND["a"]})
    done = compare("--masks", "half")
    assert done.exit_code == 2
    assert "no masks of 1 clip: b" in done.output
