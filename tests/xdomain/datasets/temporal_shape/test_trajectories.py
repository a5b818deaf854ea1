"""Trajectories against a plain-Python reading of the paper's table, one clip at a time."""

import math

import numpy as np
import pytest

from xdomain.datasets.temporal_shape.trajectories import WIDTHS, draw, walk
from xdomain.studies.temporal_shape import CLASSES

FRAMES = 20
UP, LEFT, DOWN, RIGHT = (0, -1), (-1, 0), (0, 1), (1, 0)


def rolls(sequence):
    return [sequence[k:] + sequence[:k] for k in range(len(sequence))]


def both_ways(sequences):
    return [way for sequence in sequences for way in (sequence, sequence[::-1])]


def possible_circles():
    turn = [(2 * math.cos(2 * math.pi * frame / 19), 2 * math.sin(2 * math.pi * frame / 19)) for frame in range(FRAMES)]
    return [rolled for way in both_ways([turn]) for rolled in rolls(way)]


def possible_spirals(reach):
    ways = []
    for tenths in range(2, 11):
        times = [reach * frame / 19 for frame in range(FRAMES)]
        ways.append([(tenths / 10 * t * math.cos(t), tenths / 10 * t * math.sin(t)) for t in times])
    return both_ways(ways)


def possible_rectangles():
    found = []
    for speed in (1, 2, 3):
        for order in ((UP, LEFT, DOWN, RIGHT), (RIGHT, DOWN, LEFT, UP)):
            for sides in rolls(order):
                found.append([(speed * x, speed * y) for x, y in sides for _ in range(5)])
    return found


def members(name, width, clips=6000):
    label, start, velocity = draw(np.random.default_rng(7), clips, width)
    chosen = label == CLASSES.index(name)
    return start[chosen], velocity[chosen]


def assert_exactly_these(velocity, possible):
    """Each clip is one of the possible sequences, and each of those occurs."""
    possible = np.array(possible)
    distance = np.abs(velocity[:, None] - possible[None]).max(axis=(2, 3))
    assert distance.min(axis=1).max() < 1e-9
    assert set(distance.argmin(axis=1)) == set(range(len(possible)))


def test_circles_are_one_turn_either_way_begun_anywhere():
    assert_exactly_these(members("circle", 2)[1], possible_circles())


@pytest.mark.parametrize(("width", "reach"), [(2, 10), (5, 10), (14, 8)])
def test_spirals_are_one_of_nine_scales_either_way(width, reach):
    assert_exactly_these(members("spiral", width)[1], possible_spirals(reach))


def test_rectangles_are_four_whole_sides_of_three_speeds_either_way_begun_at_any_corner():
    assert_exactly_these(members("rectangle", 5)[1], possible_rectangles())


def test_lines_keep_one_velocity_of_speed_1_2_or_3_in_all_directions():
    _, velocity = members("line", 2)
    assert (velocity == velocity[:, :1]).all()
    speed = np.hypot(velocity[:, 0, 0], velocity[:, 0, 1])
    assert np.abs(speed - np.rint(speed)).max() < 1e-9
    assert set(np.rint(speed)) == {1, 2, 3}
    angle = np.arctan2(velocity[:, 0, 1], velocity[:, 0, 0])
    counts, _ = np.histogram(angle, bins=8, range=(-math.pi, math.pi))
    assert counts.min() > 0.7 * len(angle) / 8


def test_arcs_are_half_a_turn_of_speed_2_either_way():
    _, velocity = members("arc", 2)
    turns = []
    for clip in velocity:
        first = math.atan2(clip[0][1], clip[0][0])
        distances = {}
        for way in (1, -1):
            angles = [first + way * math.pi * frame / 19 for frame in range(FRAMES)]
            wanted = [(2 * math.cos(angle), 2 * math.sin(angle)) for angle in angles]
            distances[way] = np.abs(clip - np.array(wanted)).max()
        turns.append(min(distances, key=distances.get))
        assert min(distances.values()) < 1e-9
    assert 0.4 < turns.count(1) / len(turns) < 0.6


def reach_of(name, velocity, width):
    if name in ("line", "rectangle"):
        return 2 * np.rint(np.abs(np.hypot(velocity[:, 0, 0], velocity[:, 0, 1]))).astype(int)
    if name == "spiral" and width != 14:
        return np.full(len(velocity), 10)
    return np.full(len(velocity), 8)


@pytest.mark.parametrize("width", sorted(set(WIDTHS.values())))
@pytest.mark.parametrize("name", CLASSES)
def test_starts_fill_the_whole_allowed_range_and_no_more(name, width):
    start, velocity = members(name, width)
    reach = reach_of(name, velocity, width)
    for value in set(reach):
        low = 2 * value + width
        assert low < 64 - low, "no place to start from"
        here = start[reach == value]
        assert (here.min(axis=0) == low).all()
        assert (here.max(axis=0) == 63 - low).all()


def test_classes_are_equally_likely():
    label, _, _ = draw(np.random.default_rng(3), 10_000, 2)
    counts = np.bincount(label, minlength=5)
    assert np.abs(counts - 2000).max() < 5 * math.sqrt(10_000 * 0.2 * 0.8)


def test_the_first_position_is_the_start_and_the_last_velocity_is_unused():
    velocity = np.zeros((1, FRAMES, 2))
    velocity[0, :, 0] = range(FRAMES)  # 0, 1, 2 ... 19 pixels per frame
    velocity[0, 11:] = 0
    velocity[0, 19] = 1000
    path = walk(np.array([[3, 30]]), velocity, 2)
    assert path[0, :5, 0].tolist() == [3, 3, 4, 6, 9]
    assert path[0, 19].tolist() == [58, 30]


def test_a_wall_turns_one_component_around_from_that_frame_on():
    velocity = np.tile([3.0, 0.5], (1, FRAMES, 1))
    path = walk(np.array([[54, 10]]), velocity, 5)  # the corner may go up to 59
    assert path[0, :6, 0].tolist() == [54, 57, 54, 51, 48, 45]
    assert path[0, :4, 1].tolist() == [10, 10.5, 11, 11.5]


def test_walk_agrees_with_one_clip_at_a_time():
    rng = np.random.default_rng(11)
    start = rng.integers(5, 45, size=(200, 2))
    velocity = rng.uniform(-10, 10, size=(200, 1, 2)) * np.ones((1, FRAMES, 1))
    path = walk(start, velocity, 14)
    reflections = 0
    for clip in range(200):
        for axis in range(2):
            here, sign = float(start[clip, axis]), 1
            for frame in range(FRAMES):
                assert path[clip, frame, axis] == pytest.approx(here, abs=1e-4)
                there = here + sign * velocity[clip, frame, axis]
                if there < 0 or there > 64 - 14:
                    sign, reflections = -sign, reflections + 1
                here += sign * velocity[clip, frame, axis]
    assert reflections > 400
    assert path.min() >= 0
    assert path.max() <= 50
