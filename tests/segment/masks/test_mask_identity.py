"""Masks are of certain frames: a listing that names others is refused, and so is a domain of other masks."""

import json
import shutil

import pytest
from support.made_archive import FRAMES, NAMES, SAMPLED, found, make_archive

from segment.domains.build import Build, build_domains
from segment.masks.identity import begin_set_of, require_same_frames
from segment.masks.mask_set import MaskShard, open_masks
from segment.review.report import write_report
from xdomain.core.errors import UserError
from xdomain.datasets.clip_cache.identity import open_current
from xdomain.datasets.diving48.listing import Clip, read_listing
from xdomain.specs.videos import ClipCacheSpec

S1 = ClipCacheSpec("tiny", "S1", SAMPLED, 16, "made")
INFO = {"source": "segment infer", "frames": SAMPLED}


def make_masks(root, name="made"):
    """A set as inference leaves it."""
    folder = root / "tiny/masks" / name
    begin_set_of(folder, INFO, read_listing(root / "tiny", "test"))
    with MaskShard(folder, 0, 1) as shard:
        for clip in NAMES:
            shard.add(found(clip))
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    make_archive(root / "tiny")
    make_masks(root)
    build_domains(Build("tiny", "made", ("S1",), SAMPLED, 16), root)
    return root


@pytest.fixture
def root(made, tmp_path):
    return shutil.copytree(made, tmp_path / "data")


def correct(root, name=NAMES[1], **values):
    path = root / "tiny/Diving48_V2_test.json"
    entries = [entry | values if entry["vid_name"] == name else entry for entry in json.loads(path.read_text())]
    path.write_text(json.dumps(entries))


OTHER_FRAMES = (
    rf"masks of other frames than the listing names, for 1 clip: {NAMES[1]} is of frames 0 to {FRAMES} there, and of 4 "
    rf"to {FRAMES} in the listing\. Remove .*python -m segment infer --dataset tiny --masks made"
)


def test_masks_of_other_frames_make_no_domain_and_no_report(root):
    correct(root, start_frame=4)
    with pytest.raises(UserError, match=OTHER_FRAMES):
        build_domains(Build("tiny", "made", ("T",), SAMPLED, 16), root)
    with pytest.raises(UserError, match=OTHER_FRAMES):
        write_report(root / "tiny", "made", root / "report")


def test_a_set_is_not_continued_with_other_frames(root):
    correct(root, start_frame=4)
    with pytest.raises(UserError, match=OTHER_FRAMES):
        begin_set_of(root / "tiny/masks/made", INFO, read_listing(root / "tiny", "test"))


def test_a_set_is_not_continued_with_clips_that_its_shards_do_not_know(root):
    clips = [*read_listing(root / "tiny", "test"), Clip("new_00001", 0, 0, 9)]
    with pytest.raises(UserError, match=rf"new_00001 is listed now and not among its {len(NAMES)} clips"):
        begin_set_of(root / "tiny/masks/made", INFO, clips)


def test_a_clip_left_out_later_moves_none_to_another_shard(root):
    (root / "tiny/leave-out.txt").write_text(f"{NAMES[0]}\n")
    order = begin_set_of(root / "tiny/masks/made", INFO, read_listing(root / "tiny", "test"))
    assert order == list(NAMES)


def test_a_corrected_label_changes_no_mask_but_the_domain(root):
    correct(root, label=3)
    begin_set_of(root / "tiny/masks/made", INFO, read_listing(root / "tiny", "test"))
    with pytest.raises(UserError, match=rf"{NAMES[1]} of 1 there and 3 now.*python -m segment domains --dataset tiny"):
        open_current(S1, root)


def test_sets_of_before_this_record_are_refused_with_the_command(root):
    (root / "tiny/masks/made/clips.json").unlink()
    with pytest.raises(UserError, match=r"does not say which frames .*python -m segment infer --dataset tiny"):
        build_domains(Build("tiny", "made", ("T",), SAMPLED, 16), root)


def test_an_altered_record_is_found(root):
    path = root / "tiny/masks/made/clips.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {NAMES[0]: [1, FRAMES]}))
    with pytest.raises(UserError, match=r"clips\.json was altered"):
        build_domains(Build("tiny", "made", ("T",), SAMPLED, 16), root)


def test_sets_of_different_frames_are_not_compared(root):
    correct(root, start_frame=4)
    other = make_masks(root, "other")
    with pytest.raises(UserError, match=r"masks of other frames than .*/made names"):
        require_same_frames(open_masks(other), open_masks(root / "tiny/masks/made"))


def test_a_domain_says_its_masks_and_is_refused_when_they_changed(root):
    masks = root / "tiny/masks/made"
    _, made_from = open_current(S1, root)
    assert made_from["masks_sha256"] == open_masks(masks).sha256
    shard = masks / "shard-000-of-001.jsonl"
    shard.write_text(shard.read_text().replace("0.9]", "0.8]", 1))
    with pytest.raises(UserError, match=r"was made with other masks \(\w{12}\) than .*/made has now \(\w{12}\)"):
        open_current(S1, root)
    shutil.rmtree(masks)  # a cluster that only the domains were copied to
    open_current(S1, root)
