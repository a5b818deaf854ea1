"""Masks from elsewhere that do not fit: each is named, and nothing is imported."""

import json

import numpy as np
import pytest
from PIL import Image
from support.foreign_masks import coco, write_array, write_tables, write_values
from support.made_archive import FRAMES, HEIGHT, NAMES, SAMPLED, WIDTH

from segment.sources.import_masks import Import, import_masks
from xdomain.core.errors import UserError

ALL = Import(SAMPLED)


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
    "two arrays of a clip": (
        write_array,
        lambda f: np.savez(f / f"{NAMES[0]}.npz", masks=np.ones((FRAMES, 1, HEIGHT, WIDTH), bool)),
        rf"has both {NAMES[0]}.npy and {NAMES[0]}.npz. Remove one",
    ),
    "probabilities": (
        write_array,
        lambda f: np.save(f / f"{NAMES[0]}.npy", np.zeros((FRAMES, HEIGHT, WIDTH), np.float32)),
        r"masks are \(T, h, w\) of bool or whole numbers, not \(9, 82, 110\) float32",
    ),
    "a score too few": (
        write_array,
        lambda f: (
            (f / f"{NAMES[0]}.npy").unlink(),
            np.savez(
                f / f"{NAMES[0]}.npz",
                masks=np.ones((FRAMES, 2, HEIGHT, WIDTH), bool),
                scores=np.ones((FRAMES, 1)),
            ),
        ),
        r"scores are finite numbers of shape \(9, 2\), not \(9, 1\)",
    ),
    "a photograph's mode": (
        write_values,
        lambda f: Image.new("CMYK", (WIDTH, HEIGHT)).save(f / NAMES[0] / "mask_0000.png", "TIFF"),
        "is a picture of mode CMYK: give values",
    ),
    "a picture without a number": (
        write_values,
        lambda f: (f / NAMES[0] / "mask_0000.png").rename(f / NAMES[0] / "first.png"),
        "first.png: its name does not end in the number of a frame, such as 00017.png",
    ),
    "numbers from 5": (
        write_values,
        lambda f: [(f / NAMES[0] / f"mask_{n:04d}.png").unlink() for n in range(5)],
        "its frames begin with number 5. They are numbered from 0 or from 1",
    ),
    "a column too few": (
        write_tables,
        lambda f: (f / f"{NAMES[0]}.csv").write_text("frame,x0,y0,x1\n0,1,1,2\n"),
        "has no column y1. Its first line is: frame,x0,y0,x1,y1",
    ),
    "a frame below 0": (
        write_tables,
        lambda f: (f / f"{NAMES[0]}.csv").write_text("frame,x0,y0,x1,y1\n-1,1,1,2,2\n"),
        "csv, line 2, is no box .a frame is 0 or more",
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


def without_runs(content):
    content["annotations"][0]["segmentation"]["counts"] = []


def with_one_id_twice(content):
    content["images"][1]["id"] = content["images"][0]["id"]


def without_a_score(content):
    content["annotations"][0]["score"] = float("nan")


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
        (without_runs, "do not fill 82×110"),
        (with_one_id_twice, rf"two images of the id {NAMES[0]}-0"),
        (without_a_score, rf"clip {NAMES[0]}, frame 0: the score nan is no finite number"),
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


@pytest.mark.parametrize(
    ("name", "how", "sentence"),
    [
        ("../own", ALL, "cannot name a mask set: use letters"),
        ("own", Import(SAMPLED, category="board"), "only COCO's JSON has categories"),
    ],
)
def test_what_the_options_cannot_mean_is_refused(dataset, tmp_path, name, how, sentence):
    source = write_array(tmp_path / "own")
    with pytest.raises(UserError, match=sentence):
        import_masks(dataset, name, source, how)
    assert not list((dataset / "masks").glob("*"))


def test_masks_that_are_not_there_are_named(dataset, tmp_path):
    with pytest.raises(UserError, match=r"nowhere is neither a folder nor a \.json file"):
        import_masks(dataset, "own", tmp_path / "nowhere", ALL)
