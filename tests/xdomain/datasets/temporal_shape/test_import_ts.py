"""The released folders' form, made here from JPEGs."""

import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from xdomain.core.errors import UserError
from xdomain.datasets.temporal_shape.clipset import open_set
from xdomain.datasets.temporal_shape.import_release import import_ts, read_labels

LABELS = [3, 0, 4]


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """Three clips of 20 frames, a grey gradient that grows brighter."""
    folder = tmp_path_factory.mktemp("released") / "2dot_3"
    folder.mkdir()
    for number in range(20 * len(LABELS)):
        grey = (np.add.outer(np.arange(64), np.arange(64)) + 2 * number).clip(0, 255).astype(np.uint8)
        Image.fromarray(grey).save(folder / f"{number}.jpg")
    rows = "".join(f"{index},{label}\n" for index, label in enumerate(LABELS))
    (folder / "labels.csv").write_text(",class\n" + rows)
    return folder


@pytest.fixture
def copied(released, tmp_path):
    return shutil.copytree(released, tmp_path / "2dot_3")


def test_every_frame_and_label_comes_back(released, tmp_path):
    opened = open_set(import_ts(released, tmp_path, "mine"))
    assert opened.path == tmp_path / "ts" / "mine.npy"
    assert opened.labels.tolist() == LABELS
    for number in range(60):
        with Image.open(released / f"{number}.jpg") as frame:
            np.testing.assert_array_equal(opened.clips[number // 20, number % 20], np.asarray(frame))
    assert np.isnan(opened.positions).all()
    assert (opened.records["digit"] == -1).all()
    assert opened.info["class_counts"] == [1, 0, 0, 1, 1]
    assert opened.info["imported"]["folder"] == "2dot_3"


def test_the_description_tells_sources_apart(released, copied, tmp_path):
    before = open_set(import_ts(released, tmp_path, "before")).info["imported"]["sha256"]
    shutil.copy(copied / "7.jpg", copied / "8.jpg")
    after = open_set(import_ts(copied, tmp_path, "after")).info["imported"]["sha256"]
    assert before != after


def test_imported_clips_that_also_stand_in_training_are_counted(released, tmp_path):
    import_ts(released, tmp_path, "2dot-n3-seed1-train-released")
    info = open_set(import_ts(released, tmp_path, "2dot_test_3")).info
    train = torch.randperm(3, generator=torch.Generator().manual_seed(42))[:2].tolist()  # four fifths of three
    entry = info["also_in_training"]["2dot-n3-seed1-train-released"]
    assert entry["per_class"] == [sum(LABELS[clip] == label for clip in train) for label in range(5)]


def test_a_set_of_that_name_is_not_overwritten(released, tmp_path):
    import_ts(released, tmp_path, "mine")
    with pytest.raises(UserError, match="Give another --name"):
        import_ts(released, tmp_path, "mine")


def spoil_missing(folder):
    (folder / "33.jpg").unlink()


def spoil_end(folder):
    (folder / "58.jpg").unlink()
    (folder / "59.jpg").unlink()


def spoil_beyond(folder):
    shutil.copy(folder / "0.jpg", folder / "60.jpg")


def spoil_size(folder):
    Image.new("L", (64, 60)).save(folder / "5.jpg")


def spoil_torn(folder):
    content = (folder / "21.jpg").read_bytes()
    (folder / "21.jpg").write_bytes(content[: len(content) // 2])


def spoil_text(folder):
    (folder / "21.jpg").write_text("no picture")


def spoil_label(folder):
    (folder / "labels.csv").write_text("class\n1\n5\n0\n")


def spoil_column(folder):
    (folder / "labels.csv").write_text("label\n1\n2\n0\n")


def spoil_encoding(folder):
    (folder / "labels.csv").write_bytes(b"class\n1\n\xff\n0\n")


def spoil_length(folder):
    (folder / "labels.csv").write_text("class\n1\n" + "2" * 200_000 + "\n0\n")


def spoil_rows(folder):
    (folder / "labels.csv").write_text("class\n")


def spoil_labels(folder):
    (folder / "labels.csv").unlink()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (spoil_missing, r"33\.jpg"),
        (spoil_end, r"58\.jpg"),
        (spoil_beyond, r"60\.jpg is beyond the 3 clips"),
        (spoil_size, r"5\.jpg is 64×60"),
        (spoil_torn, r"21\.jpg is not a complete picture"),
        (spoil_text, r"21\.jpg is not a complete picture"),
        (spoil_label, r"labels\.csv, line 3: '5'"),
        (spoil_column, r"labels\.csv has no column 'class'"),
        (spoil_encoding, r"labels\.csv cannot be read as CSV"),
        (spoil_length, r"labels\.csv cannot be read as CSV .field larger"),
        (spoil_rows, r"labels\.csv has no rows"),
        (spoil_labels, r"no .*labels\.csv"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(copied, tmp_path, spoil, words):
    spoil(copied)
    with pytest.raises(UserError, match=words):
        import_ts(copied, tmp_path / "data", "mine")
    assert not list((tmp_path / "data").glob("ts/*"))


def test_a_byte_order_mark_is_no_part_of_the_first_columns_name(tmp_path):
    """As spreadsheets save a file."""
    (tmp_path / "labels.csv").write_bytes("\ufeffclass,\r\n3,0\r\n0,1\r\n".encode())
    assert read_labels(tmp_path / "labels.csv") == [3, 0]
