"""The file format: what is written is what is read, and damage is found."""

import json

import numpy as np
import pytest
import torch

from xdomain.core.errors import UserError
from xdomain.datasets.temporal_shape.clipset import RECORD, open_set, split, write_set


def made_records(clips: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    records = np.zeros(clips, dtype=RECORD)
    records["clip"] = rng.integers(0, 256, size=records["clip"].shape, dtype=np.uint8)
    records["label"] = rng.integers(5, size=clips)
    records["position"] = rng.random(records["position"].shape)
    records["digit"] = np.arange(clips)
    return records


@pytest.fixture
def written(tmp_path):
    """A set of 7 clips written in blocks of 4 and 3."""
    records = made_records(7)
    path = tmp_path / "ts" / "made.npy"
    write_set(path, 7, iter([records[:4], records[4:]]), {"imported": {"folder": "made"}})
    return path, records


def test_a_set_comes_back_as_it_was_written(written):
    path, records = written
    opened = open_set(path)
    np.testing.assert_array_equal(np.array(opened.records), records)
    np.testing.assert_array_equal(opened.clips, records["clip"])
    np.testing.assert_array_equal(opened.labels, records["label"])
    np.testing.assert_array_equal(opened.positions, records["position"])
    assert len(opened) == 7
    assert opened.info["imported"] == {"folder": "made"}
    assert opened.info["class_counts"] == [int((records["label"] == label).sum()) for label in range(5)]
    assert opened.info["bytes"] == path.stat().st_size


def test_an_opened_set_is_mapped_and_cannot_be_changed(written):
    opened = open_set(written[0])
    assert isinstance(opened.records, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        opened.clips[0] = 0


def test_the_file_is_a_plain_numpy_file(written):
    path, records = written
    assert path.read_bytes()[-7 * RECORD.itemsize :] == records.tobytes()


@pytest.mark.parametrize("suffix", [".npy", ".json"])
def test_half_a_set_is_no_set(written, suffix):
    path, _ = written
    path.with_suffix(suffix).unlink()
    with pytest.raises(UserError, match=f"no clip set .*made.npy \\(made{suffix} is missing"):
        open_set(path)


def test_one_altered_byte_is_found(written):
    path, _ = written
    with path.open("r+b") as file:
        file.seek(100_000)
        byte = file.read(1)
        file.seek(100_000)
        file.write(bytes([byte[0] ^ 1]))
    with pytest.raises(UserError, match=r"made\.npy is damaged"):
        open_set(path)
    open_set(path, verify=False)


@pytest.mark.parametrize("verify", [True, False])
def test_a_file_cut_short_is_found(written, verify):
    path, _ = written
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 5)
    with pytest.raises(UserError, match=r"made\.npy has .* bytes"):
        open_set(path, verify=verify)


@pytest.mark.parametrize("text", ['{"format": 99}', "[]", '{"format": 1, "cl'])
def test_a_foreign_or_truncated_description_is_named(written, text):
    path, _ = written
    path.with_suffix(".json").write_text(text)
    with pytest.raises(UserError, match=r"made\.json"):
        open_set(path)


@pytest.mark.parametrize("array", [np.zeros(3), np.zeros(4, dtype=RECORD)])
def test_other_arrays_are_not_taken_for_clips(written, array):
    path, _ = written
    np.save(path, array)
    described = path.with_suffix(".json")
    described.write_text(json.dumps(json.loads(described.read_text()) | {"bytes": path.stat().st_size}))
    with pytest.raises(UserError, match=r"made\.npy holds other records"):
        open_set(path, verify=False)


def test_a_split_parts_all_clips_in_order():
    train, val = split(5000, 4000, seed=42)
    assert len(train) == 4000
    assert sorted([*train, *val]) == list(range(5000))
    assert (np.diff(train) > 0).all()
    assert (np.diff(val) > 0).all()
    assert 0.15 < (val < 2500).mean() * 0.4 < 0.25  # from all over the set


def test_a_split_is_the_published_one():
    """`random_split` of torch with a generator seeded 42, as the published training code has it."""
    generator = torch.Generator().manual_seed(42)
    parts = torch.utils.data.random_split(range(5000), [4000, 1000], generator)
    for ours, published in zip(split(5000, 4000, seed=42), parts, strict=True):
        assert ours.tolist() == sorted(published.indices)
    assert split(5000, 4000, seed=43)[1].tolist() != sorted(parts[1].indices)
