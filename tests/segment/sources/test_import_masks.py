"""Masks from elsewhere, in each form, and what does not fit."""

import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from support.made_archive import FRAMES, HEIGHT, NAMES, SAMPLED, SIDE, WIDTH, corner, make_archive

from segment.__main__ import main
from segment.domains.build import Build, build_domains
from segment.masks.mask_set import open_masks
from segment.review.report import write_report
from segment.sources.import_masks import Import, import_masks
from xdomain.core.errors import UserError

ALL = Import(SAMPLED)
DOWN, ACROSS = 369 / HEIGHT, 492 / WIDTH


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return make_archive(tmp_path_factory.mktemp("data") / "tiny")


@pytest.fixture
def dataset(archive, tmp_path):
    return shutil.copytree(archive, tmp_path / "tiny")


def labels(frame: int) -> np.ndarray:
    """Two divers side by side that touch, the second twice as high; none in frame 8."""
    values = np.zeros((HEIGHT, WIDTH), np.uint8)
    if frame < 8:
        x, y = corner(frame)
        values[y : y + SIDE, x : x + SIDE] = 1
        values[y : y + 2 * SIDE, x + SIDE : x + 2 * SIDE] = 7
    return values


def rows(frame: int) -> list[tuple[int, int, int, int]]:
    """Their boxes, the larger first."""
    if frame == 8:
        return []
    x, y = corner(frame)
    return [(x + SIDE, y, x + 2 * SIDE, y + 2 * SIDE), (x, y, x + SIDE, y + SIDE)]


def run_lengths(mask: np.ndarray) -> list[int]:
    """COCO's uncompressed run lengths, counted one pixel at a time down each column."""
    runs, last = [0], False
    for value in mask.T.ravel():
        if value != last:
            runs.append(0)
            last = value
        runs[-1] += 1
    return runs


def coco(mask: bool = True, numbers: range = range(FRAMES)) -> dict:
    """COCO's JSON, numbered from 1; each frame also shows a spectator and something unsure."""
    content = {"images": [], "annotations": [], "categories": [{"id": 3, "name": "person"}, {"id": 4, "name": "board"}]}
    for clip in NAMES:
        for frame in numbers:
            image = f"{clip}-{frame}"
            name = f"{clip}/{frame + 1:05d}.jpg"
            content["images"].append({"id": image, "file_name": name, "height": HEIGHT, "width": WIDTH})
            found = [(3, 0.8, labels(frame) == 1), (3, 0.9, labels(frame) == 7)] if rows(frame) else []
            other = np.zeros((HEIGHT, WIDTH), bool)
            other[60:80, 90:100] = True
            for category, score, pixels in [*found, (4, 1.0, other), (3, 0.2, other)]:
                ys, xs = np.nonzero(pixels)
                box = [xs.min(), ys.min(), xs.max() + 1 - xs.min(), ys.max() + 1 - ys.min()]
                entry = {"image_id": image, "category_id": category, "score": score, "bbox": [int(n) for n in box]}
                if mask:
                    entry["segmentation"] = {"size": [HEIGHT, WIDTH], "counts": run_lengths(pixels)}
                content["annotations"].append(entry)
    return content


def write_values(folder, mode: str = "L"):
    for clip in NAMES:
        (folder / clip).mkdir(parents=True)
        for frame in range(FRAMES):
            colours = np.zeros((256, 3), np.uint8)
            colours[1], colours[7] = (200, 0, 0), (255, 0, 0)
            picture = Image.fromarray(colours[labels(frame)] if mode == "RGB" else labels(frame))
            picture.save(folder / clip / f"mask_{frame:04d}.png")
    return folder


def write_colours(folder):
    return write_values(folder, "RGB")


def write_array(folder):
    folder.mkdir()
    for clip in NAMES:
        np.save(folder / f"{clip}.npy", np.stack([labels(frame) for frame in range(FRAMES)]))
    return folder


def write_instances(folder):
    folder.mkdir()
    for clip in NAMES:
        masks = np.stack([[labels(frame) == 1, labels(frame) == 7] for frame in range(FRAMES)])
        np.savez(folder / f"{clip}.npz", masks=masks, scores=np.tile([0.8, 0.9], (FRAMES, 1)))
    return folder


def write_tables(folder):
    folder.mkdir()
    for clip in NAMES:
        lines = [f"{frame},{','.join(map(str, box))}" for frame in range(FRAMES) for box in rows(frame)]
        (folder / f"{clip}.csv").write_text("\n".join(["frame,x0,y0,x1,y1", *lines]))
    return folder


def write_coco(folder, **how):
    folder.mkdir()
    (folder / "found.json").write_text(json.dumps(coco(**how)))
    return folder / "found.json"


def write_coco_boxes(folder):
    return write_coco(folder, mask=False)


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
    monkeypatch.setenv("XDOMAIN_DATA", str(tmp_path))
    done = CliRunner().invoke(main, ["compare", "--dataset", "tiny", "--masks", "own", "--truth", "true"])
    assert done.exit_code == 0, done.output
    assert "mask IoU not known (boxes alone), T hides 100.0%" in done.output


def test_the_command_takes_another_category(dataset, tmp_path, monkeypatch):
    monkeypatch.setenv("XDOMAIN_DATA", str(tmp_path))
    options = ["--dataset", "tiny", "--frames", str(SAMPLED), "--category", "board"]
    done = CliRunner().invoke(main, ["import-masks", str(write_coco(tmp_path / "own")), *options])
    assert done.exit_code == 0, done.output
    masks = open_masks(dataset / "masks/imported")
    assert [len(boxes) for boxes in masks[NAMES[0]].boxes] == [1, 1, 1]
    assert masks.info["category"] == "board"


def lose(folder, name: str):
    (folder / NAMES[1] / name).unlink()


FAULTS = {
    "a clip too few": (write_array, lambda f: (f / f"{NAMES[2]}.npy").unlink(), rf"no masks of {NAMES[2]}, which"),
    "another video": (write_array, lambda f: np.save(f / "zzz_1.npy", np.ones((9, 8, 8))), "masks of zzz_1, which no"),
    "a frame too few": (write_values, lambda f: lose(f, "mask_0004.png"), rf"{NAMES[1]}: frame 4 is missing"),
    "the last frame": (
        write_values,
        lambda f: lose(f, "mask_0008.png"),
        f"{NAMES[1]} has masks of 8 frames where .* 9",
    ),
    "another size": (
        write_array,
        lambda f: np.save(f / f"{NAMES[0]}.npy", np.zeros((FRAMES, 90, 110), bool)),
        rf"{NAMES[0]}, frame 0: its masks have 90×110 pixels and {NAMES[0]}.mp4 has 82×110",
    ),
    "a truncated picture": (
        write_values,
        lambda f: (f / NAMES[3] / "mask_0004.png").write_bytes(b"\x89PNG\r\n\x1a\n"),
        "mask_0004.png cannot be read as a picture",
    ),
    "smooth edges": (
        write_values,
        lambda f: Image.fromarray(np.arange(9020, dtype=np.uint8).reshape(82, 110)).save(
            f / NAMES[0] / "mask_0000.png"
        ),
        "has 256 values or colours",
    ),
    "a frame after the last": (
        write_tables,
        lambda f: (f / f"{NAMES[0]}.csv").write_text("frame,x0,y0,x1,y1\n9,1,1,2,2"),
        f"{NAMES[0]} has masks of 10 frames where .* has 9",
    ),
    "a box beside the frame": (
        write_tables,
        lambda f: (f / f"{NAMES[0]}.csv").write_text("frame,x0,y0,x1,y1\n0,120,1,130,2"),
        f"{NAMES[0]}, frame 0: 120, 1, 130, 2 is no box",
    ),
    "no number": (
        write_tables,
        lambda f: (f / f"{NAMES[0]}.csv").write_text("frame,x0,y0,x1,y1\n0,a,1,130,2"),
        r"csv, line 2, is no box",
    ),
    "code in an array": (
        write_array,
        lambda f: np.save(f / f"{NAMES[0]}.npy", np.array([{}], dtype=object), allow_pickle=True),
        "cannot be read as arrays of masks",
    ),
    "two forms": (write_array, lambda f: (f / "a.csv").write_text("x"), "has arrays and boxes"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_does_not_fit_is_named_and_nothing_is_imported(dataset, tmp_path, fault):
    write, damage, sentence = FAULTS[fault]
    source = write(tmp_path / "own")
    damage(source)
    with pytest.raises(UserError, match=sentence):
        import_masks(dataset, "own", source, ALL)
    assert not list((dataset / "masks").glob("*"))


def without_images(content):
    content["images"].pop()


def with_other_size(content):
    content["annotations"][0]["segmentation"]["size"] = [WIDTH, HEIGHT]


def with_polygon(content):
    content["annotations"][0]["segmentation"] = [[0, 0, 5, 5, 0, 5]]


def with_short_runs(content):
    content["annotations"][0]["segmentation"]["counts"].pop()


def without_people(content):
    content["categories"][0]["name"] = "human"


def with_one_box_alone(content):
    del content["annotations"][0]["segmentation"]


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (without_images, "annotation of image .* which it lacks"),
        (with_other_size, rf"clip {NAMES[0]}, frame 0: its segmentation is of \[110, 82\] pixels"),
        (with_polygon, "is a polygon"),
        (with_short_runs, "do not fill 82×110"),
        (without_people, "no category diver or person. Name one of its own with --category: human, board"),
        (with_one_box_alone, "has a segmentation for .* of .* annotations"),
        (lambda content: content.pop("images"), "no table with the lists images and annotations"),
        (lambda content: content["images"][0].pop("id"), "not in COCO's format .KeyError"),
    ],
)
def test_a_wrong_coco_file_is_named(dataset, tmp_path, damage, sentence):
    content = coco()
    damage(content)
    (tmp_path / "found.json").write_text(json.dumps(content))
    with pytest.raises(UserError, match=sentence):
        import_masks(dataset, "own", tmp_path / "found.json", ALL)
    assert not list((dataset / "masks").glob("*"))
