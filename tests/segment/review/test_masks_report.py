"""The report: its numbers beside hand-made masks, its pictures, and what it says of gaps."""

import csv
import json

import numpy as np
import pytest
from support.made_archive import NAMES, SAMPLED, found, make_archive, make_masks
from support.made_masks import clip_masks

from segment.masks.mask_set import MaskShard, begin_set
from segment.review.measures import measure
from segment.review.report import write_report
from segment.review.sheets import chosen_frames, sheet
from xdomain.core.errors import UserError

BOX = (100, 100, 140, 180)  # 40 × 80, of which the upper half is diver


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """All clips but the last one; the second clip's diver is lost in the middle frame."""
    root = make_archive(tmp_path_factory.mktemp("data") / "tiny")
    make_masks(root, NAMES[:3])
    begin_set(root / "masks" / "truth", {"source": "drawn", "frames": SAMPLED})
    with MaskShard(root / "masks" / "truth", 0, 1) as shard:
        for name in NAMES:
            shard.add(found(name))
    return root


@pytest.fixture(scope="module")
def report(dataset, tmp_path_factory):
    (dataset / "rgb" / f"{NAMES[2]}.mp4").write_bytes(b"no video")
    return write_report(dataset, "hand", tmp_path_factory.mktemp("report"))


def test_the_measures_of_a_clip():
    measured = measure(clip_masks("a_00001", [BOX], [], [BOX, (0, 0, 10, 10), (20, 20, 30, 30)]))
    assert measured.detections == [1, 0, 3]
    assert measured.untouched == {"S1": 1, "S2": 1, "T": 1}
    np.testing.assert_allclose(measured.divers * 369 * 492, [1600, 0, 1650])
    np.testing.assert_allclose(measured.hidden * 369 * 492, [3200, 0, 3400])
    assert measured.suspicious == [1, 2]  # gone in between; more than two detections


def test_nothing_to_find_at_the_ends_is_not_suspicious():
    assert measure(clip_masks("a_00001", [], [BOX], [BOX], [])).suspicious == []
    assert measure(clip_masks("a_00001", [], [BOX], [], [])).suspicious == [0, 2, 3]


def test_the_summary(report):
    summary = json.loads((report.parent / "summary.json").read_text())
    assert summary["clips"] == 3
    assert summary["frames"] == 9
    assert summary["missing"] == {NAMES[3]: "not done yet"}
    assert summary["flags"]["vanishing"] == {"frames": 1, "clips": 1}
    assert summary["flags"]["jumping"] == {"frames": 4, "clips": 2}  # 161 pixels between sampled frames
    assert summary["untouched_frames"] == {"S1": 1, "S2": 1, "T": 1}
    assert summary["frames_by_detections"] == [1, 8]
    assert summary["against_truth"]["box_iou"] == pytest.approx(8 / 9)
    assert summary["against_truth"]["hidden_by_t"] == pytest.approx(8 / 9)


def test_the_table_of_clips(report):
    rows = list(csv.DictReader((report.parent / "clips.csv").open()))
    assert [row["clip"] for row in rows] == list(NAMES[:3])
    assert [row["no diver"] for row in rows] == ["0", "1", "0"]
    assert [row["T untouched"] for row in rows] == ["0", "1", "0"]
    assert [row["detections"] for row in rows] == ["3", "2", "3"]


def test_the_page(report):
    page = report.read_text()
    assert page.count('src="data:image/jpeg') == 4  # two clips, each among the suspicious and the random ones
    assert page.count('src="data:image/png') == 1
    assert page.count("The video cannot be shown") == 2
    assert "Test clips without masks: 1<" in page
    assert NAMES[3] in page
    assert "88.9%" in page


def test_the_same_masks_give_the_same_page(report, dataset, tmp_path):
    assert write_report(dataset, "hand", tmp_path).read_bytes() == report.read_bytes()


def test_a_sheet_shows_the_domains():
    frames = np.full((2, 369, 492, 3), (10, 200, 10), dtype=np.uint8)
    picture = np.asarray(sheet(frames, clip_masks("a_00001", [(0, 0, 492, 369)], []), [0, 1], {"no diver": [1]}))
    original, mask, s1, s2, t = (40 + 127 * row + 90 for row in range(5))  # in the lower half of each row
    first, second = 74 + 80, 74 + 168 + 80
    assert np.abs(picture[[original, s1, s2], first].astype(int) - (10, 200, 10)).max() < 3
    assert np.ptp(picture[mask, first]) == 0  # grey, since no diver's pixel
    assert picture[t, first].tolist() == [124, 117, 104]
    assert np.abs(picture[t, second].astype(int) - (10, 200, 10)).max() < 3
    assert (picture[20:36, second - 40 : second + 40, 0] > picture[20:36, second - 40 : second + 40, 1] + 100).any()


@pytest.mark.parametrize(
    ("frames", "suspicious", "shown"),
    [
        (3, [], [0, 1, 2]),
        (32, [], [0, 4, 9, 13, 18, 22, 27, 31]),
        (32, [7], [0, 5, 7, 10, 16, 21, 26, 31]),
        (32, list(range(10, 30)), [0, 10, 16, 21, 23, 29, 31]),
    ],
)
def test_chosen_frames(frames, suspicious, shown):
    assert chosen_frames(frames, suspicious) == shown


def test_masks_of_other_clips(dataset, tmp_path):
    begin_set(dataset / "masks" / "strange", {"source": "hand", "frames": 1})
    with MaskShard(dataset / "masks" / "strange", 0, 1) as shard:
        shard.add(clip_masks("other_00001", [BOX]))
    with pytest.raises(UserError, match="no masks of a test clip"):
        write_report(dataset, "strange", tmp_path)
