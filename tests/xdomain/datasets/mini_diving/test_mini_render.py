"""Drawn clips: divers, splashes and pools are where the masks say, and the bias is in the pools alone."""

import dataclasses

import numpy as np
import pytest

import xdomain.datasets.mini_diving.render as render_module
from xdomain.datasets.mini_diving.diver.figure import Looks
from xdomain.datasets.mini_diving.plan import POOL, SOURCE, PlannedClip, plan
from xdomain.datasets.mini_diving.render import render
from xdomain.datasets.mini_diving.scene.camera import Track, View
from xdomain.datasets.mini_diving.scene.pool import draw_pool, paint
from xdomain.datasets.mini_diving.scene.splash import Splash
from xdomain.datasets.mini_diving.spec import MiniSpec

SPEC = MiniSpec(train=48, test=1, classes=8, height=96, width=128, length=24)


@pytest.fixture(scope="module")
def drawn() -> list[tuple[PlannedClip, np.ndarray, np.ndarray]]:
    """The first twelve clips."""
    return [(clip, *render(SPEC, clip)) for clip in plan(SPEC)[:12]]


def test_shapes_and_values(drawn):
    for clip, frames, masks in drawn:
        assert frames.shape == (clip.frames, 96, 128, 3)
        assert frames.dtype == masks.dtype == np.uint8
        assert masks.shape == frames.shape[:3]
        assert 3 <= frames.mean() <= 250
        assert frames.std() > 15
    assert {masks.max() for _, _, masks in drawn} == {1, 2}  # one diver in some clips, two in others


@pytest.mark.parametrize(("pairs", "divers"), [(0.0, 1), (1.0, 2)])
def test_pairs_is_the_part_of_dives_by_two_divers(pairs, divers):
    spec = dataclasses.replace(SPEC, height=64, width=86, length=12, pairs=pairs)
    assert {render(spec, clip)[1].max() for clip in plan(spec)[:4]} == {divers}


def test_the_diver_is_in_sight_until_it_is_under_water(drawn):
    for _, _, masks in drawn:
        area = (masks > 0).mean(axis=(1, 2))
        assert (area[: len(area) * 6 // 10] > 0.004).all()
        assert area.max() < 0.2
        assert area[-1] == 0


def test_a_splash_starts_at_the_entry_stays_above_the_water_and_hides_what_is_behind():
    view = View(0.3, 0.15, False)
    track = Track(np.tile([0.0, 1.0], (2, 1)), np.array([30.0, 30.0]), 96, 128)
    splash = Splash(np.random.default_rng(0), view, np.zeros(3), time=1.0, strength=1.0)
    picture = np.full((96, 128, 3), 60, np.uint8)
    assert splash.draw(picture, track, 0, time=0.99) is None
    assert (picture == 60).all()
    hidden = splash.draw(picture, track, 1, time=1.25)
    water = round(float(track.pixels(splash.place, 1)[1]))
    assert hidden[:water].max() > 0.6
    assert hidden[water + 4 :].max() < 0.1
    assert (picture[hidden > 0.6] > 150).all()


def test_the_mask_is_where_the_diver_is_drawn(monkeypatch):
    """A white and a black diver differ by at least half of the exposure in the mask, and by less outside of it."""
    clip = next(clip for clip in plan(SPEC) if render(SPEC, clip)[1].max() == 1)
    pictures = []
    for colour in (np.zeros(3), np.full(3, 255.0)):
        monkeypatch.setattr(render_module, "draw_looks", lambda rng, c=colour: Looks(c, c, c, whole_suit=True))
        frames, masks = render(SPEC, clip)
        pictures.append(frames.astype(int))
    before_entry = slice(0, len(masks) // 2)
    difference = np.abs(pictures[1] - pictures[0]).min(axis=3)[before_entry]  # (N, H, W)
    inside = masks[before_entry] > 0
    assert difference[inside].min() > 0.5 * 0.6 * 255
    assert difference[~inside].max() <= 0.5 * 255 + 2
    assert (difference[~inside] == 0).mean() > 0.95


def test_the_same_clip_is_drawn_alike_and_another_seed_is_not():
    clip = plan(SPEC)[3]
    first, again = render(SPEC, clip), render(SPEC, clip)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], render(dataclasses.replace(SPEC, seed=2), clip)[0])


def test_a_pool_is_the_same_for_every_class_and_unlike_the_others():
    def panorama(pool: int) -> np.ndarray:
        return paint(draw_pool(SPEC.rng(POOL, pool), pool), SPEC.rng(SOURCE, 0))

    assert np.array_equal(panorama(7), panorama(7))
    means = np.array([panorama(pool).mean(axis=(0, 1)) for pool in (7, 8, 9)])
    assert min(np.abs(means[a] - means[b]).max() for a, b in ((0, 1), (0, 2), (1, 2))) > 5


def histograms(spec: MiniSpec) -> tuple[np.ndarray, np.ndarray]:
    """Colour histograms (clips, 64) of the background alone of every training clip, and the labels."""
    clips = [clip for clip in plan(spec) if clip.part == "train"]
    rows = []
    for clip in clips:
        frames, masks = render(spec, clip)
        background = frames[masks == 0] // 64
        codes = background @ np.array([16, 4, 1])
        rows.append(np.bincount(codes, minlength=64) / len(codes))
    return np.array(rows), np.array([clip.label for clip in clips])


def nearest_centroid_accuracy(rows: np.ndarray, labels: np.ndarray) -> float:
    """Fitted to the first half, evaluated on the second."""
    half = len(rows) // 2
    classes = np.unique(labels)
    centroids = np.stack([rows[:half][labels[:half] == label].mean(axis=0) for label in classes])
    distance = np.abs(rows[half:, None] - centroids).sum(axis=2)
    return float((classes[distance.argmin(axis=1)] == labels[half:]).mean())


@pytest.mark.parametrize(("bias", "low", "high"), [(1.0, 0.9, 1.0), (0.0, 0.0, 0.5)])
def test_background_tells_the_class_exactly_when_biased(bias, low, high):
    spec = MiniSpec(train=48, test=1, classes=4, height=64, width=86, length=12, bias=bias)
    assert low <= nearest_centroid_accuracy(*histograms(spec)) <= high
