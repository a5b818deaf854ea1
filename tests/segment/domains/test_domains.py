"""Every domain on pixels that can be worked out by hand."""

import numpy as np
import pytest
from support.made_masks import clip_masks

from segment.domains.blur import blurred
from segment.domains.pictures import DOMAINS, Domain, compose, mean_colour, unmodified, untouched
from segment.masks.clip_masks import ClipMasks
from segment.masks.regions import divers, whole_pixels

H, W = 369, 492
MEAN = [124, 117, 104]
A, B, C = (100, 120, 140, 200), (300, 40, 330, 100), (10, 300, 60, 350)  # x0, y0, x1, y1; the third is no diver
CLIP = clip_masks("aaaaaaaaaaa_00001", [A, B, C], [], [A])


@pytest.fixture(scope="module")
def frames():
    return np.random.default_rng(5).integers(0, 256, (3, H, W, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def blur(frames):
    return np.stack([blurred(frame) for frame in frames])


def inside(*boxes) -> np.ndarray:
    """(H, W) bool: the pixels of the boxes, drawn one by one."""
    pixels = np.zeros((H, W), dtype=bool)
    for x0, y0, x1, y1 in boxes:
        for y in range(y0, y1):
            for x in range(x0, x1):
                pixels[y, x] = True
    return pixels


def upper_half(box) -> tuple[int, int, int, int]:
    """What `clip_masks` takes for the diver within a box."""
    x0, y0, x1, y1 = box
    return x0, y0, x1, (y0 + y1) // 2


def check(made, where, shown, elsewhere) -> None:
    np.testing.assert_array_equal(made[where], np.broadcast_to(shown, made.shape)[where])
    np.testing.assert_array_equal(made[~where], np.broadcast_to(elsewhere, made.shape)[~where])


def test_s1_keeps_the_pixels_of_two_divers(frames, blur):
    made = compose(["S1"], frames, CLIP)["S1"]
    check(made[0], inside(upper_half(A), upper_half(B)), frames[0], blur[0])
    np.testing.assert_array_equal(made[1], blur[1])  # without a diver it is blurred whole
    check(made[2], inside(upper_half(A)), frames[2], blur[2])


def test_s2_keeps_the_boxes_of_two_divers(frames, blur):
    made = compose(["S2"], frames, CLIP)["S2"]
    check(made[0], inside(A, B), frames[0], blur[0])
    np.testing.assert_array_equal(made[1], blur[1])
    check(made[2], inside(A), frames[2], blur[2])


def test_t_fills_every_detection(frames):
    made = compose(["T"], frames, CLIP)["T"]
    check(made[0], inside(A, B, C), MEAN, frames[0])
    np.testing.assert_array_equal(made[1], frames[1])  # without a diver it stays whole
    check(made[2], inside(A), MEAN, frames[2])


def test_i_is_the_clip(frames):
    np.testing.assert_array_equal(compose(["I"], frames, CLIP)["I"], frames)


def test_boxes_are_the_opposite_of_t(frames):
    made = compose(["boxes"], frames, CLIP)["boxes"]
    check(made[0], inside(A, B, C), frames[0], MEAN)
    assert (made[1] == MEAN).all()


def test_blur_blurs_the_frame(frames, blur):
    np.testing.assert_array_equal(compose(["blur"], frames, CLIP)["blur"], blur)


def test_union_fills_one_box_in_all_frames(frames):
    clip = clip_masks("aaaaaaaaaaa_00001", [A], [], [B])
    made = compose(["union"], frames, clip)["union"]
    for frame in range(3):  # also the one in which nothing was found
        check(made[frame], inside((100, 40, 330, 200)), MEAN, frames[frame])


def test_union_of_nothing_is_the_clip(frames):
    clip = clip_masks("aaaaaaaaaaa_00001", [], [], [])
    np.testing.assert_array_equal(compose(["union"], frames, clip)["union"], frames)


def test_a_box_is_widened_to_whole_pixels(frames):
    clip = clip_masks("aaaaaaaaaaa_00001", [(9.75, 20.0, 30.25, 40.0)], [(0, 0, 0.5, 0.5)], [(491.5, 368.5, 492, 369)])
    made = compose(["T"], frames, clip)["T"]
    check(made[0], inside((9, 20, 31, 40)), MEAN, frames[0])
    check(made[1], inside((0, 0, 1, 1)), MEAN, frames[1])
    check(made[2], inside((491, 368, 492, 369)), MEAN, frames[2])


def test_whole_pixels():
    boxes = np.array([[0.2, 3, 7.9, 4.01, 0.5]], dtype=np.float32)
    assert whole_pixels(boxes).tolist() == [[0, 3, 8, 5]]


def displaced(clip: ClipMasks) -> np.ndarray:
    return DOMAINS["displaced"].region(clip)


def test_displaced_hides_as_much_but_no_detection(frames):
    region = displaced(CLIP)
    np.testing.assert_array_equal(region.sum(axis=(1, 2)), DOMAINS["T"].region(CLIP).sum(axis=(1, 2)))
    assert not (region & DOMAINS["T"].region(CLIP)).any()
    made = compose(["displaced"], frames, CLIP)["displaced"]
    check(made[0], region[0], MEAN, frames[0])
    np.testing.assert_array_equal(made[1], frames[1])


@pytest.mark.parametrize("number", range(20))
def test_displaced_avoids_what_it_can(number):
    """Boxes of any place and size with room beside them, of clips with different offsets."""
    rng = np.random.default_rng(number)
    frames = []
    for _ in range(4):
        x0, y0 = rng.integers(0, 300), rng.integers(0, 240)
        frames.append([(x0, y0, x0 + rng.integers(1, 150), y0 + rng.integers(1, 129))])
    clip = clip_masks(f"aaaaaaaaaaa_{number:05d}", *frames)
    region, hidden = displaced(clip), DOMAINS["T"].region(clip)
    assert not (region & hidden).any()
    np.testing.assert_array_equal(region.sum(axis=(1, 2)), hidden.sum(axis=(1, 2)))


def test_displaced_overlaps_least_where_there_is_no_room():
    clip = clip_masks("aaaaaaaaaaa_00001", [(0, 0, 400, 369)], [(0, 0, 492, 369)])
    region = displaced(clip)
    np.testing.assert_array_equal(region[0], inside((92, 0, 492, 369)))  # to the right as far as it goes
    assert region[1].all()  # a box as large as the frame can only stay


def test_displaced_moves_with_the_diver_and_with_the_clips_name():
    path = [[(50 + 3 * step, 50 + 2 * step, 80 + 3 * step, 90 + 2 * step)] for step in range(4)]
    clip = clip_masks("aaaaaaaaaaa_00001", *path)
    corners = [np.argwhere(frame)[0] for frame in displaced(clip)]  # y, x
    assert [(later - first).tolist() for later, first in zip(corners[1:], corners, strict=False)] == [[2, 3]] * 3
    other = ClipMasks("aaaaaaaaaaa_00002", clip.masks, clip.boxes)
    assert (displaced(other) != displaced(clip)).any()
    np.testing.assert_array_equal(displaced(clip), displaced(clip))


def test_together_or_alone_the_pictures_are_the_same(frames):
    before = frames.copy()
    together = compose(DOMAINS, frames, CLIP)
    assert list(together) == ["I", "S1", "S2", "T", "boxes", "displaced", "blur", "union"]
    for name, made in together.items():
        np.testing.assert_array_equal(made, compose([name], frames, CLIP)[name])
        assert not np.shares_memory(made, frames)
    np.testing.assert_array_equal(frames, before)


@pytest.mark.parametrize(
    ("name", "frames_left"),
    [("S1", 1), ("S2", 1), ("T", 1), ("boxes", 1), ("displaced", 1), ("union", 0), ("I", 3), ("blur", 3)],
)
def test_frames_left_untouched_are_counted(name, frames_left):
    assert untouched(name, CLIP) == frames_left


def test_a_new_domain_is_a_function_and_a_line(monkeypatch, frames):
    def upper_rows(clip):
        region = np.zeros_like(clip.masks)
        region[:, :10] = True
        return region

    monkeypatch.setitem(DOMAINS, "top", Domain("the uppermost rows hidden", upper_rows, mean_colour, unmodified))
    made = compose(["top", "S1"], frames, CLIP)["top"]
    assert (made[:, :10] == MEAN).all()
    np.testing.assert_array_equal(made[:, 10:], frames[:, 10:])


def test_divers_are_the_masks():
    assert divers(CLIP) is CLIP.masks
