"""Mask sets on disk: what is written comes back, whatever is killed, truncated or done twice."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import support
from support.made_masks import clip_masks

from segment.masks.clip_masks import ClipMasks, from_line, to_line
from segment.masks.mask_set import MaskShard, begin_set, open_masks
from xdomain.core.errors import UserError

ONE, TWO, THREE = (
    clip_masks("one_00001", [(10.25, 20, 30, 60)], []),
    clip_masks("two_00002", [], []),
    clip_masks("three_00003", [(0, 0, 492, 369), (5, 6, 7, 9), (1, 2, 3, 4)], [(100, 100, 150, 200)]),
)
INFO = {"source": "hand", "frames": 2}


@pytest.fixture
def folder(tmp_path):
    begin_set(tmp_path / "hand", INFO)
    return tmp_path / "hand"


def fill(folder, *clips, shard=0, of=1):
    with MaskShard(folder, shard, of) as writer:
        for clip in clips:
            writer.add(clip)


def same(first: ClipMasks, second: ClipMasks) -> bool:
    boxes = all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(first.boxes, second.boxes, strict=True))
    return first.name == second.name and np.array_equal(first.masks, second.masks) and boxes


@pytest.mark.parametrize("clip", [ONE, TWO, THREE], ids=lambda clip: clip.name)
def test_a_clip_comes_back(clip):
    assert same(from_line(to_line(clip)), clip)


def test_a_set_of_two_shards(folder):
    fill(folder, ONE, THREE, shard=0, of=2)
    fill(folder, TWO, shard=1, of=2)
    masks = open_masks(folder, ["one_00001", "two_00002"])
    assert list(masks) == ["one_00001", "three_00003", "two_00002"]
    assert all(same(masks[clip.name], clip) for clip in (ONE, TWO, THREE))
    assert masks.info["source"] == "hand"
    assert masks.info["threshold"] == 0.4


def test_the_checksum_does_not_depend_on_shards(folder, tmp_path):
    fill(folder, ONE, THREE, shard=0, of=2)
    fill(folder, TWO, shard=1, of=2)
    begin_set(tmp_path / "other", INFO)
    fill(tmp_path / "other", TWO, THREE, ONE)
    assert open_masks(folder).sha256 == open_masks(tmp_path / "other").sha256


def test_missing_clips_are_named_with_the_reason(folder):
    with MaskShard(folder, 0, 1) as shard:
        shard.add(ONE)
        shard.fail("two_00002", "it cannot be decoded.")
    assert open_masks(folder).missing(["one_00001", "three_00003"]) == {"three_00003": "not done yet"}
    with pytest.raises(UserError, match=r"2 clips: two_00002 \(it cannot be decoded\), three_00003 \(not done yet\)"):
        open_masks(folder, ["one_00001", "two_00002", "three_00003"])


def test_a_failed_clip_is_tried_again(folder):
    with MaskShard(folder, 0, 1) as shard:
        shard.fail("two_00002", "gone")
    with MaskShard(folder, 0, 1) as shard:
        assert shard.done == set()
        assert shard.failed == {"two_00002": "gone"}
        shard.add(TWO)
    masks = open_masks(folder, ["two_00002"])
    assert masks.failed == {}


def test_a_truncated_last_line_is_done_again(folder):
    fill(folder, ONE, TWO)
    path = folder / "shard-000-of-001.jsonl"
    whole = path.read_bytes()
    for cut in (1, 30, len(to_line(TWO)) - 1):
        path.write_bytes(whole[:-cut])
        assert list(open_masks(folder)) == ["one_00001"]
        with MaskShard(folder, 0, 1) as shard:
            assert shard.done == {"one_00001"}
            shard.add(TWO)
        assert path.read_bytes() == whole


def test_a_kill_in_mid_write_costs_one_clip(folder, tmp_path):
    """A process that is killed while it appends line after line."""
    code = (
        "import sys, pathlib; sys.path.insert(0, sys.argv[2])\n"
        "from support.made_masks import clip_masks; from segment.masks.mask_set import MaskShard\n"
        "with MaskShard(pathlib.Path(sys.argv[1]), 0, 1) as shard:\n"
        "    for number in range(10_000):\n"
        "        shard.add(clip_masks(f'clip_{number:05d}', [(1, 2, 30, 40)], []))\n"
        "        print(number, flush=True)\n"
    )
    tests = str(Path(support.__file__).parents[1])
    with subprocess.Popen([sys.executable, "-c", code, str(folder), tests], stdout=subprocess.PIPE) as process:
        for _ in range(3):
            process.stdout.readline()
        process.kill()
    with MaskShard(folder, 0, 1) as shard:
        assert len(shard.done) >= 3
        shard.add(ONE)
        kept = {"one_00001", *shard.done}
    assert set(open_masks(folder)) == kept
    assert all(masks.masks.sum() == 29 * 19 for name, masks in open_masks(folder).items() if name.startswith("clip"))


def test_two_writers_of_one_shard(folder):
    with MaskShard(folder, 0, 2), pytest.raises(UserError, match="is being written"), MaskShard(folder, 0, 2):
        pass
    with MaskShard(folder, 0, 2), MaskShard(folder, 1, 2) as other:
        other.add(ONE)
    assert list(open_masks(folder)) == ["one_00001"]


def test_the_number_of_shards_is_kept(folder):
    fill(folder, ONE, shard=1, of=2)
    with pytest.raises(UserError, match="begun in 2 shards, not 3"), MaskShard(folder, 0, 3):
        pass
    with pytest.raises(UserError, match="count from 0 to 1"):
        MaskShard(folder, 2, 2)


def test_a_clip_is_not_added_twice_nor_with_other_frames(folder):
    with MaskShard(folder, 0, 1) as shard:
        shard.add(ONE)
        with pytest.raises(ValueError, match="there already"):
            shard.add(ONE)
        with pytest.raises(ValueError, match="not 2 frames"):
            shard.add(clip_masks("short_00001", []))


def test_a_folder_of_other_masks_is_refused(folder):
    begin_set(folder, INFO)
    with pytest.raises(UserError, match=r"made in another way \(different: checkpoint, frames;"):
        begin_set(folder, {"source": "hand", "frames": 3, "checkpoint": "abc"})


def test_no_set(tmp_path):
    with pytest.raises(UserError, match="There is no mask set"):
        open_masks(tmp_path / "nothing")
    with pytest.raises(UserError, match="There is no mask set"), MaskShard(tmp_path, 0, 1):
        pass


def test_another_format(folder):
    (folder / "set.json").write_text('{"format": 99}')
    with pytest.raises(UserError, match="another format"):
        open_masks(folder)


def test_damage_is_found_and_named(folder):
    fill(folder, ONE, TWO)
    path = folder / "shard-000-of-001.jsonl"
    first, second = path.read_text().splitlines(keepends=True)
    path.write_text("{" + first + second)
    with pytest.raises(UserError, match=r"shard-000-of-001\.jsonl, line 1, is damaged"):
        open_masks(folder)
    altered = json.loads(first)
    altered["masks"][0] = altered["masks"][0][:-1]
    path.write_text(json.dumps(altered) + "\n" + second)
    with pytest.raises(UserError, match="clip one_00001"):
        open_masks(folder)["one_00001"]
    path.write_text(second + second)
    with pytest.raises(UserError, match="clip two_00002 a second time"):
        open_masks(folder)


@pytest.mark.parametrize(
    "boxes",
    [
        [[10, 10, 10, 20, 0.5]],  # no width
        [[-1, 0, 5, 5, 0.5]],
        [[0, 0, 493, 5, 0.5]],
        [[0, 0, 5, 5, np.nan]],
        [[0, 0, 5, 5, 0.5], [0, 0, 5, 5, 0.6]],  # the surer one has to come first
        [[0, 0, 5, 5]],
    ],
)
def test_impossible_boxes_are_refused(boxes):
    with pytest.raises(ValueError, match="boxes"):
        ClipMasks("a_00001", np.zeros((1, 369, 492), dtype=bool), (np.array(boxes, dtype=np.float32),))


def test_a_full_disk_leaves_complete_lines(folder, tmp_path):
    """The process may not write files beyond 4 KiB; the clip that does not fit is not kept."""
    code = (
        "import sys, pathlib, resource; sys.path.insert(0, sys.argv[2])\n"
        "from support.made_masks import clip_masks; from segment.masks.mask_set import MaskShard\n"
        "with MaskShard(pathlib.Path(sys.argv[1]), 0, 1) as shard:\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "    for number in range(1000):\n"
        "        shard.add(clip_masks(f'clip_{number:05d}', [(1, 2, 30, 40)], []))\n"
    )
    tests = str(Path(support.__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", code, str(folder), tests], capture_output=True, text=True)
    assert "UserError: No space left" in done.stderr
    content = (folder / "shard-000-of-001.jsonl").read_bytes()
    assert 3000 < len(content) <= 4096
    assert content.endswith(b"\n")
    assert len(open_masks(folder)) == content.count(b"\n")
