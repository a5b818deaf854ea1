"""Diving48's listings from elsewhere, and digit files that unpack to more than they say."""

import gzip
import json
import struct
from pathlib import Path

import pytest
from support.hostile_support import Canary, attempted
from support.made_videos import VOCABULARY

from xdomain.datasets.diving48.listing import read_listing
from xdomain.datasets.temporal_shape.digits import read_idx


def dataset(root: Path, **entry: object) -> Path:
    root.mkdir()
    (root / "Diving48_vocab.json").write_text(json.dumps(VOCABULARY))
    clip = {"vid_name": "a_00000", "label": 0, "start_frame": 0, "end_frame": 9} | entry
    (root / "Diving48_V2_train.json").write_text(json.dumps([clip]))
    return root


@pytest.mark.parametrize(
    "name",
    ["../../canary/README", "/etc/passwd", "a\\b", ".hidden", "", "a\nb", "a\x1b[31mb", "\u202eab", "x" * 201, 7, None],
)
def test_a_clips_name_that_is_no_files_name(tmp_path: Path, canary: Canary, name):
    root = dataset(tmp_path / "diving48", vid_name=name)
    outcome = attempted(lambda: read_listing(root, "train"))
    outcome.assert_refused("entry 0", "its vid_name cannot be a file's name")
    canary.assert_untouched(outcome)


@pytest.mark.parametrize(
    "entry",
    [
        {"label": 10**30},
        {"label": True},
        {"label": "0"},
        {"end_frame": 10**400},
        {"end_frame": 10**9},
        {"start_frame": -1},
        {"start_frame": 1.5},
    ],
)
def test_a_number_out_of_range(tmp_path: Path, entry):
    root = dataset(tmp_path / "diving48", **entry)
    attempted(lambda: read_listing(root, "train")).assert_refused("entry 0")


def test_a_digit_file_that_unpacks_to_more_than_it_says(tmp_path: Path):
    path = tmp_path / "digits.gz"
    path.write_bytes(gzip.compress(struct.pack(">4I", 2051, 2, 28, 28) + bytes(900 << 20), 9))
    attempted(lambda: read_idx(path)).assert_refused("digits.gz")


def test_a_digit_file_that_announces_more_than_any_has(tmp_path: Path):
    path = tmp_path / "digits.gz"
    path.write_bytes(gzip.compress(struct.pack(">4I", 2051, 2**32 - 1, 2**16, 2**16) + bytes(100)))
    attempted(lambda: read_idx(path)).assert_refused("cut short")
