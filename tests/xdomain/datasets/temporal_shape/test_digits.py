"""Where digits come from, and what is said when they do not."""

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits as load_uci

from xdomain.core.errors import UserError
from xdomain.datasets.temporal_shape.digits import load_digits, read_idx

NOWHERE = Path("no-cache")


def resized(image):
    return np.asarray(Image.fromarray(image).resize((14, 14), Image.Resampling.LANCZOS))


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_folder_has_both_splits_gzipped_or_not(idx_folder, drawn_digits, split):
    digits = load_digits(str(idx_folder), split, NOWHERE)
    assert digits.images.dtype == np.uint8
    np.testing.assert_array_equal(digits.images, [resized(image) for image in drawn_digits[split]])
    assert digits.sha256 == hashlib.sha256(drawn_digits[split].tobytes()).hexdigest()


def test_one_file_is_parted_four_to_one(idx_folder):
    file = str(idx_folder / "train-images-idx3-ubyte.gz")
    train, test = (load_digits(file, split, NOWHERE) for split in ("train", "test"))
    whole = load_digits(str(idx_folder), "train", NOWHERE).images
    assert len(train.images) == 40
    np.testing.assert_array_equal(np.concatenate([train.images, test.images]), whole)
    assert train.sha256 == test.sha256


def test_uci_digits_are_scaled_to_255_and_parted():
    train, test = (load_digits("uci", split, NOWHERE).images for split in ("train", "test"))
    assert train.shape == (1437, 14, 14)
    assert test.shape == (360, 14, 14)
    first = load_uci().images[0]
    np.testing.assert_array_equal(train[0], resized(np.rint(first * 255 / 16).astype(np.uint8)))
    assert train.max() == 255


def test_one_digit_cannot_serve_both_splits(tmp_path):
    (tmp_path / "one").write_bytes(struct.pack(">4I", 2051, 1, 28, 28) + bytes(28 * 28))
    with pytest.raises(UserError, match="'train'"):
        load_digits(str(tmp_path / "one"), "train", NOWHERE)


def test_missing_things_are_named(tmp_path):
    with pytest.raises(UserError, match="nothing-here"):
        load_digits(str(tmp_path / "nothing-here"), "train", NOWHERE)
    with pytest.raises(UserError, match="train-images-idx3-ubyte"):
        load_digits(str(tmp_path), "train", NOWHERE)


GOOD = struct.pack(">4I", 2051, 3, 28, 28) + bytes([7]) * 3 * 28 * 28


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\0\0\x08\x01" + GOOD[4:], "not an IDX file of images"),  # labels
        (b"", "not an IDX file of images"),
        (GOOD[:-1], "cut short"),
        (GOOD + b"\0", "cut short"),
        (gzip.compress(GOOD, mtime=0)[:-12], "damaged gzip"),
        (gzip.compress(GOOD, mtime=0)[:-8] + b"12345678", "damaged gzip"),
    ],
)
def test_a_bad_file_is_named(tmp_path, content, words):
    path = tmp_path / "digits"
    path.write_bytes(content)
    with pytest.raises(UserError, match=words) as error:
        read_idx(path)
    assert str(path) in str(error.value)
