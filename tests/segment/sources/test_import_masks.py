"""Masks from elsewhere, in each form."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from support.foreign_masks import (
    coco,
    labels,
    rows,
    write_array,
    write_coco,
    write_coco_boxes,
    write_colours,
    write_instances,
    write_tables,
    write_values,
)
from support.made_archive import FRAMES, HEIGHT, NAMES, SAMPLED, WIDTH
from support.roots import set_roots

from segment.__main__ import main
from segment.domains.build import Build, build_domains
from segment.masks.mask_set import open_masks
from segment.review.report import write_report
from segment.sources.import_masks import Import, import_masks
from xdomain.core.errors import UserError

ALL = Import(SAMPLED)
DOWN, ACROSS = 369 / HEIGHT, 492 / WIDTH


@pytest.mark.parametrize(
    "write", [write_values, write_colours, write_array, write_instances, write_coco, write_tables, write_coco_boxes]
)
def test_two_divers_that_touch_stay_two_in_every_form(dataset, tmp_path, write):
    masks = open_masks(import_masks(dataset, "own", write(tmp_path / "own"), ALL), NAMES)
    for clip in NAMES:
        for index, frame in enumerate((0, 4, 8)):
            expected = np.array(rows(frame), float).reshape(-1, 4) * [ACROSS, DOWN, ACROSS, DOWN]
            np.testing.assert_allclose(masks[clip].boxes[index][:, :4], expected, atol=1.5)
            pixels = 0 if masks.boxes_only else (labels(frame) > 0).mean() * 369 * 492
            assert masks[clip].masks[index].sum() == pytest.approx(pixels, rel=0.1)
    assert masks.boxes_only == (write in (write_tables, write_coco_boxes))


def test_masks_of_the_working_size_are_kept_to_the_pixel(dataset, tmp_path):
    truth = np.zeros((SAMPLED, 369, 492), np.int32)
    truth[:, 100:200, 50:90], truth[1:, 150:250, 90:120] = 5, 1000
    (tmp_path / "own").mkdir()
    for clip in NAMES:
        np.save(tmp_path / "own" / f"{clip}.npy", truth)
    folder = import_masks(dataset, "own", tmp_path / "own", Import(SAMPLED, covers="sampled"))
    clip = open_masks(folder)[NAMES[0]]
    np.testing.assert_array_equal(clip.masks, truth > 0)
    assert clip.boxes[0].tolist() == [[50, 100, 90, 200, 1]]
    assert clip.boxes[1].tolist() == [[50, 100, 90, 200, 1], [90, 150, 120, 250, 1]]


def test_videos_that_lie_elsewhere_are_found_by_the_listing(dataset, tmp_path):
    """dataset.toml describes where: other folders, other names than <clip>.mp4."""
    (dataset / "rgb").rename(tmp_path / "videos")
    (dataset / "dataset.toml").write_text(f'layout = "list"\nvideos = "{tmp_path}/videos"\ntrain = "a"\ntest = "a"')
    (dataset / "a").write_text("".join(f"{name}.mp4 0 0 {FRAMES}\n" for name in NAMES))
    (tmp_path / "own").mkdir()
    names = [f"{name}_000000_{FRAMES:06d}" for name in NAMES]
    for name in names:
        np.save(tmp_path / "own" / f"{name}.npy", np.stack([labels(frame) for frame in range(FRAMES)]))
    masks = open_masks(import_masks(dataset, "own", tmp_path / "own", ALL), names)
    assert [len(boxes) for boxes in masks[names[0]].boxes] == [2, 2, 0]


def test_the_same_again_does_nothing_and_others_are_refused(dataset, tmp_path):
    source = write_array(tmp_path / "own")
    folder = import_masks(dataset, "own", source, ALL)
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    import_masks(dataset, "own", source, ALL)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    np.save(source / f"{NAMES[3]}.npy", np.zeros((FRAMES, HEIGHT, WIDTH), bool))
    with pytest.raises(UserError, match="holds other masks than these"):
        import_masks(dataset, "own", source, ALL)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == ["own"]


def test_of_boxes_alone_there_is_no_s1_and_all_else(dataset, tmp_path, monkeypatch):
    import_masks(dataset, "own", write_tables(tmp_path / "own"), ALL)
    import_masks(dataset, "true", write_array(tmp_path / "true"), ALL)
    with pytest.raises(UserError, match=r"boxes alone, and S1 shows their pixels.*--domain S2,T$"):
        build_domains(Build("tiny", "own", ("S1", "S2", "T"), SAMPLED, 32), tmp_path)
    assert len(build_domains(Build("tiny", "own", ("S2", "T"), SAMPLED, 32), tmp_path)) == 2
    page = write_report(dataset, "own", tmp_path / "page")
    assert json.loads((page.parent / "summary.json").read_text())["untouched_frames"] == {"S2": 4, "T": 4}
    assert "S1 untouched" not in (page.parent / "clips.csv").read_text()
    set_roots(monkeypatch, data=tmp_path)
    done = CliRunner().invoke(main, ["compare", "--dataset", "tiny", "--masks", "own", "--truth", "true"])
    assert done.exit_code == 0, done.output
    assert "mask IoU not known (boxes alone), T hides 100.0%" in done.output


def test_the_command_takes_another_category(dataset, tmp_path, monkeypatch):
    set_roots(monkeypatch, data=tmp_path)
    options = ["--dataset", "tiny", "--frames", str(SAMPLED), "--category", "board"]
    done = CliRunner().invoke(main, ["import-masks", str(write_coco(tmp_path / "own")), *options])
    assert done.exit_code == 0, done.output
    masks = open_masks(dataset / "masks/imported")
    assert [len(boxes) for boxes in masks[NAMES[0]].boxes] == [1, 1, 1]
    assert masks.info["category"] == "board"


def test_a_coco_file_without_categories_is_of_divers_alone(dataset, tmp_path):
    content = coco()
    content["categories"] = []
    (tmp_path / "found.json").write_text(json.dumps(content))
    masks = open_masks(import_masks(dataset, "own", tmp_path / "found.json", ALL))
    assert [len(boxes) for boxes in masks[NAMES[0]].boxes] == [3, 3, 1], "two divers and what else is sure enough"
