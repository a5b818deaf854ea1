"""The true masks of Mini-Diving48, scaled to the size that domains are made at."""

import json
import shutil

import numpy as np
import pytest

from segment.masks.mask_set import open_masks
from segment.masks.truth import make_truth, scaled
from xdomain.core.errors import UserError
from xdomain.datasets.mini_diving.generate import generate
from xdomain.datasets.mini_diving.spec import MiniSpec
from xdomain.datasets.mini_diving.truth import read_instances


@pytest.fixture(scope="module")
def mini(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "mini"
    generate(MiniSpec(train=1, test=2, classes=2, height=96, width=128, length=16, labelled=0), folder, workers=1)
    return folder


def test_a_map_of_the_same_size_is_kept():
    instances = np.zeros((369, 492), dtype=np.uint8)
    instances[10:20, 30:60] = 2
    instances[200:203, 100:101] = 1
    mask, boxes = scaled(instances)
    np.testing.assert_array_equal(mask, instances > 0)
    assert boxes.tolist() == [[100, 200, 101, 203, 1], [30, 10, 60, 20, 1]]
    assert boxes.dtype == np.float32


def test_a_smaller_map_is_enlarged():
    instances = np.zeros((123, 164), dtype=np.uint8)  # a third
    instances[20:40, 50:60] = 1
    mask, boxes = scaled(instances)
    np.testing.assert_allclose(boxes[0, :4], [150, 60, 180, 120], atol=1)
    assert mask.sum() == pytest.approx(30 * 60, rel=0.1)


def test_a_larger_map_counts_what_is_covered():
    instances = np.zeros((738, 984), dtype=np.uint8)  # twice
    instances[100:104, 200:201] = 1  # half of two pixels
    instances[300:301, 400:401] = 2  # a quarter of one: no diver is left
    mask, boxes = scaled(instances)
    assert np.argwhere(mask).tolist() == [[50, 100], [51, 100]]
    assert boxes.tolist() == [[100, 50, 101, 52, 1]]


def test_no_diver():
    mask, boxes = scaled(np.zeros((96, 128), dtype=np.uint8))
    assert not mask.any()
    assert boxes.shape == (0, 5)


def test_the_set_has_every_test_clip(mini):
    folder = make_truth(mini, frames=4)
    masks = open_masks(folder)
    listed = json.loads((mini / "Diving48_V2_test.json").read_text())
    assert list(masks) == sorted(entry["vid_name"] for entry in listed)
    for entry in listed:
        instances = read_instances(mini, entry["vid_name"])
        clip = masks[entry["vid_name"]]
        first = scaled(instances[0])
        np.testing.assert_array_equal(clip.masks[0], first[0])
        np.testing.assert_array_equal(clip.boxes[0], first[1])
        assert clip.masks[0].any()  # before the takeoff the diver stands on the board
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    make_truth(mini, frames=4)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_listing_beyond_the_video_repeats_the_last_mask(mini, tmp_path):
    root = shutil.copytree(mini, tmp_path / "mini", ignore=shutil.ignore_patterns("masks"))
    listing = root / "Diving48_V2_test.json"
    (entry, *_) = json.loads(listing.read_text())
    frames = len(read_instances(root, entry["vid_name"]))
    listing.write_text(json.dumps([entry | {"end_frame": frames + 2}]))
    clip = open_masks(make_truth(root, frames=frames + 2))[entry["vid_name"]]
    for beyond in (frames - 1, frames, frames + 1):
        np.testing.assert_array_equal(clip.masks[beyond], scaled(read_instances(root, entry["vid_name"])[-1])[0])
    listing.write_text(json.dumps([entry | {"end_frame": frames + 6}]))
    shutil.rmtree(root / "masks")
    with pytest.raises(UserError, match=f"knows the divers in {frames} frames of"):
        make_truth(root, frames=4)


def test_other_frames_need_another_set(mini):
    make_truth(mini, frames=4)
    with pytest.raises(UserError, match=r"different: frames"):
        make_truth(mini, frames=8)


def test_instances_drawn_anew_need_another_set(mini, tmp_path):
    copy = shutil.copytree(mini, tmp_path / "mini", ignore=shutil.ignore_patterns("masks"))
    make_truth(copy, frames=4)
    shard = next((copy / "truth").glob("*.zip"))
    shard.write_bytes(shard.read_bytes() + b"\0")
    with pytest.raises(UserError, match=r"different: instances_sha256"):
        make_truth(copy, frames=4)


def test_a_corrected_listing_needs_another_set(mini, tmp_path):
    copy = shutil.copytree(mini, tmp_path / "mini", ignore=shutil.ignore_patterns("masks"))
    make_truth(copy, frames=4)
    path = copy / "Diving48_V2_test.json"
    path.write_text(json.dumps([entry | {"start_frame": 3} for entry in json.loads(path.read_text())]))
    with pytest.raises(UserError, match=r"there, and of 3 to .*python -m segment truth --dataset mini"):
        make_truth(copy, frames=4)
