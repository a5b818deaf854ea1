"""What is drawn, against the path that is kept beside it and against Pillow's JPEG."""

import io

import numpy as np
import pytest
from PIL import Image

from xdomain.datasets.temporal_shape import generate
from xdomain.datasets.temporal_shape.perlin import background
from xdomain.datasets.temporal_shape.render import squares, through_jpeg
from xdomain.specs.shapes import ClipSetSpec

CLIPS = 40


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    pictures = np.random.default_rng(0).integers(0, 256, size=(9, 14, 14), dtype=np.uint8)
    pictures[:, ::3] = 255
    return pictures


def drawn(domain, images=None, rendering="clean", clips=CLIPS, **more):
    return generate.draw_block(ClipSetSpec(domain, clips, seed=5, rendering=rendering, **more), images, block=0)


def square(x, y, half):
    """The pixels (row, column) of a square around (x, y) that lie in the frame."""
    columns, rows = range(x - half, x + half + 1), range(y - half, y + half + 1)
    return {(row, column) for row in rows for column in columns if 0 <= row < 64 and 0 <= column < 64}


def lit(frame):
    return {(int(row), int(column)) for row, column in np.argwhere(frame == 255)}


def one_jpeg(frame):
    """One frame written as a file of its own and read back, as the published frames were."""
    file = io.BytesIO()
    Image.fromarray(frame).save(file, "JPEG", quality=75)
    return np.asarray(Image.open(file))


@pytest.mark.parametrize(("domain", "half"), [("2dot", 1), ("5dot", 2)])
def test_a_dot_lies_around_its_position(domain, half):
    for record in drawn(domain):
        for frame, (x, y) in zip(record["clip"], record["position"], strict=True):
            wanted = square(int(x), int(y), half)
            assert lit(frame) == wanted
            assert np.count_nonzero(frame) == len(wanted)
        assert record["digit"] == -1
        assert record["lattice"] == 0


def test_a_square_is_cut_at_the_border_of_a_clean_clip():
    frame = squares(np.array([[[0.9, 63.2]]], dtype=np.float32), width=5, cut=True)[0, 0]
    assert np.argwhere(frame).tolist() == [[row, column] for row in (61, 62, 63) for column in (0, 1, 2)]


@pytest.mark.parametrize(("width", "half"), [(2, 1), (5, 2)])
def test_a_released_square_that_would_begin_outside_is_not_drawn(width, half):
    """Written from the published drawing: a slice of the frame, and one that begins below nought is empty."""
    path = [(x, y) for x in (0.0, 0.9, 1.2, 2.0, 30.5, 61.0, 62.0, 63.0) for y in (0.0, 1.99, 2.0, 40.0, 63.9)]
    frames = squares(np.array([path], dtype=np.float32), width, cut=False)[0]
    vanished = 0
    for frame, (x, y) in zip(frames, path, strict=True):
        left, top = int(x) - half, int(y) - half
        wanted = square(int(x), int(y), half) if min(left, top) >= 0 else set()
        assert lit(frame) == wanted
        vanished += not wanted
    assert 0 < vanished < len(path)


def test_a_released_clip_is_a_clean_one_after_jpeg(images):
    """Frame by frame through a file of its own; a dot that is there at all is drawn the same."""
    for domain in ("2dot", "5dot", "mnist", "mnist-bg"):
        digits = None if domain.endswith("dot") else images
        clean, released = (drawn(domain, digits, rendering, clips=12) for rendering in ("clean", "released"))
        np.testing.assert_array_equal(clean["position"], released["position"])
        inner = clean["position"].min(axis=2) >= 2  # N x T: no dot begins outside
        assert inner.mean() > 0.9
        for frame, ours in zip(clean["clip"][inner], released["clip"][inner], strict=True):
            np.testing.assert_array_equal(ours, one_jpeg(frame))


def test_jpeg_gives_pillows_bytes_whatever_the_frames_are():
    rng = np.random.default_rng(0)
    clip = rng.integers(0, 256, size=(20, 64, 64), dtype=np.uint8)
    clip[5:9] = 0
    clip[9:13] = 255
    clip[13:] = np.add.outer(np.arange(64), np.arange(64)) * 2
    np.testing.assert_array_equal(through_jpeg(clip), [one_jpeg(frame) for frame in clip])


def test_a_digit_on_black_has_its_corner_at_its_position(images):
    for record in drawn("mnist", images):
        for frame, (x, y) in zip(record["clip"], record["position"], strict=True):
            wanted = np.zeros((64, 64), dtype=np.uint8)
            wanted[int(y) : int(y) + 14, int(x) : int(x) + 14] = images[record["digit"]]
            np.testing.assert_array_equal(frame, wanted)
        assert record["lattice"] == 0


def test_a_digit_is_added_to_signed_noise_and_only_the_sum_is_clipped(images, monkeypatch):
    fields = []

    def keep(*arguments):
        fields.append(background(*arguments))
        return fields[-1].copy()

    monkeypatch.setattr(generate, "background", keep)
    records = drawn("mnist-bg", images)
    darker = brighter = 0
    for record, field in zip(records, fields, strict=True):
        for frame, behind, (x, y) in zip(record["clip"], field, record["position"], strict=True):
            total = behind.copy()
            total[int(y) : int(y) + 14, int(x) : int(x) + 14] += images[record["digit"]]
            np.testing.assert_array_equal(frame, np.floor(total.clip(0, 255)))
            window = frame[int(y) : int(y) + 14, int(x) : int(x) + 14].astype(int) - images[record["digit"]]
            darker, brighter = darker + (window < -5).sum(), brighter + (window > 5).sum()
    assert darker > 0.8 * brighter > 0
    assert set(records["lattice"]) == set(range(1, 10))
    assert len(set(records["digit"])) == len(images)


def test_noise_spreads_a_digit_to_both_sides():
    """Published: a digit's pixels lie 53 below and 52 above their median; noise cut at nought first gives 5 and 49."""
    grey = np.full((1, 14, 14), 128, np.uint8)
    records = drawn("mnist-bg", grey, rendering="released", clips=200, intensity=1.0)
    inside = [
        frame[int(y) + 2 : int(y) + 12, int(x) + 2 : int(x) + 12].ravel()
        for record in records
        for frame, (x, y) in zip(record["clip"], record["position"], strict=True)
    ]
    low, middle, high = np.quantile(np.concatenate(inside), (0.1, 0.5, 0.9))
    assert middle - low == pytest.approx(high - middle, rel=0.1)
    assert middle - low > 30


@pytest.mark.parametrize(("intensity", "mean", "bright"), [(0.5, 10.4, 0.096), (1.0, 19.3, 0.247)])
def test_intensity_gives_the_published_brightness(intensity, mean, bright):
    """Clip mean and share of pixels above 30. A digit adds about 1.3 to the mean, as handwritten ones do."""
    digit = np.zeros((1, 14, 14), np.uint8)
    digit[0, 2:12, 5:8] = 180  # as much ink as in a handwritten digit
    clips = drawn("mnist-bg", digit, "released", 200, intensity=intensity)["clip"]
    assert clips.mean() == pytest.approx(mean, abs=0.8)
    assert (clips > 30).mean() == pytest.approx(bright, abs=0.01)


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
