"""Domains that are functions of a clip: what the built-in ones show, and what is expected of a user's own."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.users_domains import install

from xdomain.core.errors import UserError
from xdomain.domains.change import change, identity, try_out
from xdomain.domains.registry import built_in_names, find, is_of_frames

NUMBERED = np.broadcast_to(np.arange(8, dtype=np.uint8)[:, None, None, None], (8, 32, 32, 3))  # frame k is all k
CLIP = np.random.default_rng(0).integers(0, 256, (6, 48, 48, 3), dtype=np.uint8)


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    install(tmp_path / "site", monkeypatch)
    yield
    find.cache_clear()


def order(name: str, clip: str = "a") -> list[int]:
    """The frames that a domain shows of a clip whose frame k is all k."""
    return change(name, NUMBERED, clip)[:, 0, 0, 0].tolist()


def test_the_temporal_controls_show_the_clips_own_frames() -> None:
    assert order("reversed") == [7, 6, 5, 4, 3, 2, 1, 0]
    assert order("frozen") == [4] * 8
    assert order("half-rate") == [0, 0, 2, 2, 4, 4, 6, 6]
    assert sorted(order("shuffled")) == list(range(8))
    assert order("shuffled") != list(range(8))


def test_what_is_drawn_depends_on_the_clips_name_alone() -> None:
    assert order("shuffled", "a") == order("shuffled", "a")
    assert order("shuffled", "a") != order("shuffled", "b")
    assert (change("noise-2", CLIP, "a") != change("noise-2", CLIP, "b")).any()


@pytest.mark.parametrize("name", built_in_names())
def test_every_function_keeps_shape_and_type_of_colours_and_of_greys(name: str) -> None:
    for frames in (CLIP, CLIP[..., :1]):
        before = frames.copy()
        made = change(name, frames, "a")
        assert (made.shape, made.dtype) == (frames.shape, np.uint8)
        np.testing.assert_array_equal(frames, before)
        np.testing.assert_array_equal(made, change(name, frames, "a"))


@pytest.mark.parametrize("base", ["noise", "blur", "brightness", "compression"])
def test_a_higher_severity_is_farther_from_the_clip(base: str) -> None:
    sharp = np.random.default_rng(0).integers(0, 256, (112, 112, 3), dtype=np.uint8)
    smooth = cv2.GaussianBlur(sharp, (0, 0), 2)[None].repeat(4, axis=0)
    distances = [np.abs(change(f"{base}-{s}", smooth, "a").astype(float) - smooth).mean() for s in range(1, 6)]
    assert distances == sorted(distances)
    assert distances[0] > 0


def test_noise_has_the_strength_of_imagenet_c() -> None:
    grey = np.full((4, 64, 64, 3), 128, np.uint8)
    for severity, strength in enumerate((0.08, 0.12, 0.18), start=1):
        assert change(f"noise-{severity}", grey, "a").std() == pytest.approx(255 * strength, rel=0.03)


def test_brightness_raises_the_value_and_keeps_the_hue() -> None:
    colour = np.broadcast_to(np.array([100, 50, 0], np.uint8), (2, 8, 8, 3))
    np.testing.assert_array_equal(change("brightness-1", colour, "a")[0, 0, 0], [126, 63, 0])  # 100 + 25.5
    np.testing.assert_array_equal(change("brightness-1", colour * 0, "a")[0, 0, 0], [26, 26, 26])  # black has no hue
    np.testing.assert_array_equal(change("brightness-5", colour * 2, "a")[0, 0, 0], [255, 128, 0])


def test_compression_keeps_the_colours_in_their_order() -> None:
    red = np.broadcast_to(np.array([250, 10, 10], np.uint8), (2, 32, 32, 3))
    assert np.abs(change("compression-5", red, "a").astype(int) - red).max() < 25


def test_dropped_frames_repeat_the_last_that_arrived() -> None:
    clip = np.broadcast_to(np.arange(200, dtype=np.uint8)[:, None, None, None], (200, 8, 8, 1))
    for severity, dropped in enumerate((1 / 3, 7 / 15, 0.6, 0.7, 0.8), start=1):
        shown = change(f"frame-drop-{severity}", clip, "a")[:, 0, 0, 0].astype(int)
        assert shown[0] == 0
        assert ((shown == np.arange(200)) | (shown == np.append(0, shown[:-1]))).all()
        assert np.mean(np.diff(shown) == 0) == pytest.approx(dropped, abs=0.1)


def test_a_users_function_gets_what_it_asks_for(users: None) -> None:
    np.testing.assert_array_equal(change("night", CLIP, "a"), CLIP // 4)
    assert is_of_frames("night")
    low, high = (change(f"haze-{s}", CLIP, "a").min() for s in (1, 4))
    assert high - low == 60, "severities share what is drawn"
    assert not is_of_frames("cut-out")
    np.testing.assert_array_equal(change("in-place", CLIP, "a"), np.full_like(CLIP, 7))
    assert CLIP.std() > 50, "the clip itself is never touched"


def test_no_package_takes_a_built_in_name(users: None) -> None:
    assert order("reversed") == [7, 6, 5, 4, 3, 2, 1, 0]
    assert find("S1") is None


def test_the_identity_changes_with_the_users_file(users: None, tmp_path: Path) -> None:
    before = identity("night")
    file = tmp_path / "site/usersdomains.py"
    file.write_text(file.read_text() + "\n# another version\n")
    assert before.startswith("usersdomains:night ")
    assert identity("night") != before


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "cropped",
            r"'cropped' \(usersdomains:cropped\) made \(4, 15, 16, 3\) uint8 of .*return \(4, 16, 16, 3\) uint8",
        ),
        ("as-floats", r"made \(4, 16, 16, 3\) float64"),
        ("nothing", "made a NoneType"),
        ("curious", "asks for 'weather': a function takes frames, and may ask for rng, severity, masks, positions"),
        ("star", "asks for 'positions', which these clips do not have"),
        ("number", "is no function"),
        ("absent", "cannot be imported: module 'usersdomains' has no attribute 'absent'"),
        ("haze", "has a severity: name one, such as haze-3"),
        ("night-2", "'night-2' has no severity"),
        ("noise", "has a severity: name one, such as noise-3"),
        ("dusk", "no function for the domain 'dusk'. Built in are reversed, "),
    ],
)
def test_a_function_of_no_use_is_named(users: None, name: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        try_out(name, (4, 16, 16, 3))
