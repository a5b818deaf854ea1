"""What is drawn, against the path that is kept beside it."""

import numpy as np
import pytest

from xdomain.datasets import generate
from xdomain.datasets.render import add_digits, squares
from xdomain.spec import ClipSetSpec

CLIPS = 40


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    pictures = np.random.default_rng(0).integers(0, 256, size=(9, 14, 14), dtype=np.uint8)
    pictures[:, ::3] = 255
    return pictures


def drawn(domain, images=None):
    return generate.draw_block(ClipSetSpec(domain, CLIPS, seed=5), images, block=0)


@pytest.mark.parametrize(("domain", "half"), [("2dot", 1), ("5dot", 2)])
def test_a_dot_lies_around_its_position(domain, half):
    for record in drawn(domain):
        for frame, (x, y) in zip(record["clip"], record["position"], strict=True):
            x, y = int(x), int(y)
            wanted = {
                (row, column)
                for row in range(y - half, y + half + 1)
                for column in range(x - half, x + half + 1)
                if 0 <= row < 64 and 0 <= column < 64
            }
            assert {(int(row), int(column)) for row, column in np.argwhere(frame == 255)} == wanted
            assert np.count_nonzero(frame) == len(wanted)
        assert record["digit"] == -1
        assert record["lattice"] == 0


def test_a_square_is_cut_at_the_border():
    frame = squares(np.array([[[0.9, 63.2]]], dtype=np.float32), width=5)[0, 0]
    assert np.argwhere(frame).tolist() == [[row, column] for row in (61, 62, 63) for column in (0, 1, 2)]


def test_a_digit_on_black_has_its_corner_at_its_position(images):
    for record in drawn("mnist", images):
        for frame, (x, y) in zip(record["clip"], record["position"], strict=True):
            wanted = np.zeros((64, 64), dtype=np.uint8)
            wanted[int(y) : int(y) + 14, int(x) : int(x) + 14] = images[record["digit"]]
            np.testing.assert_array_equal(frame, wanted)
        assert record["lattice"] == 0


def test_a_digit_is_added_to_its_background(images, monkeypatch):
    records = drawn("mnist-bg", images)
    monkeypatch.setattr(generate, "add_digits", lambda clips, positions, images: None)
    backgrounds = drawn("mnist-bg", images)["clip"]
    brighter = 0
    for record, background in zip(records, backgrounds, strict=True):
        for frame, behind, (x, y) in zip(record["clip"], background, record["position"], strict=True):
            wanted = behind.astype(int)
            wanted[int(y) : int(y) + 14, int(x) : int(x) + 14] += images[record["digit"]]
            brighter += np.count_nonzero(wanted > 255)
            np.testing.assert_array_equal(frame, wanted.clip(0, 255))
    assert brighter > 0
    assert set(records["lattice"]) == set(range(1, 10))
    assert len(set(records["digit"])) == len(images)


def test_sums_beyond_white_stay_white():
    clips = np.full((1, 20, 64, 64), 200, dtype=np.uint8)
    add_digits(clips, np.full((1, 20, 2), 10.7, dtype=np.float32), np.full((1, 14, 14), 100, dtype=np.uint8))
    assert (clips[0, :, 10:24, 10:24] == 255).all()
    assert clips[0, :, 9].max() == 200


def test_domains_and_splits_of_one_seed_share_no_path(images):
    paths = [drawn("mnist", images)["position"], drawn("mnist-bg", images)["position"]]
    other_split = ClipSetSpec("mnist", CLIPS, seed=5, digit_split="test")
    paths.append(generate.draw_block(other_split, images, block=0)["position"])
    assert not (paths[0] == paths[1]).all(axis=(1, 2)).any()
    assert not (paths[0] == paths[2]).all(axis=(1, 2)).any()


def test_a_spec_keeps_giving_the_same_clips():
    """Whoever changes this raises generate.GENERATOR, so that old and new sets are told apart."""
    records = drawn("2dot")
    assert records["label"][:12].tolist() == [1, 2, 4, 3, 3, 0, 2, 0, 4, 0, 1, 2]
    np.testing.assert_allclose(records["position"][0, :2], [[23, 32], [15.448, 27.104]], atol=1e-3)
