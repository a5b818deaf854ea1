"""A class's four words can be read off the drawn motion: turns, twists, takeoff and the body's shape."""

import numpy as np
import pytest

from xdomain.datasets.mini_diving.diver.body import JOINTS
from xdomain.datasets.mini_diving.diver.dive import Dive, Launch, flight_time, move
from xdomain.studies.vocabulary import vocabulary

LAUNCHES = (Launch(3.0, True, 4.2, 1.1, 0.6), Launch(10.0, False, 3.4, 1.6, 0.6))
CLASSES = list(enumerate(vocabulary()))
SOMERSAULTS = {"Dive": 0.5, "1som": 1, "15som": 1.5, "2som": 2, "25som": 2.5, "3som": 3, "35som": 3.5, "45som": 4.5}
TWISTS = {"NoTwis": 0, "05Twis": 0.5, "1Twis": 1, "15Twis": 1.5, "2Twis": 2, "25Twis": 2.5, "3Twis": 3, "35Twis": 3.5}


def motion(words: list[str], launch: Launch):
    """A dive from the moment before it begins until it meets the water, in fine steps; (times, motion)."""
    at = np.arange(-launch.wait, flight_time(launch) + 0.1, 0.004)
    return at, move(Dive.of(words), launch, 1.0, at)


def line(moved, start: str, end: str) -> np.ndarray:
    """The vector (F, 3) from one joint to another."""
    return moved.positions[:, JOINTS.index(end)] - moved.positions[:, JOINTS.index(start)]


def bend(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Angles (F,) between vectors."""
    cosine = (first * second).sum(1) / np.linalg.norm(first, axis=1) / np.linalg.norm(second, axis=1)
    return np.arccos(np.clip(cosine, -1, 1))


@pytest.mark.parametrize(("label", "words"), CLASSES)
def test_somersaults_twists_and_takeoff_of_every_class(label, words):
    takeoff, somersault, twist, _ = words
    away = {"Forward": 1, "Back": 1, "Reverse": -1, "Inward": -1}[takeoff]  # where the head goes
    to_water = takeoff in ("Forward", "Reverse")
    for launch in LAUNCHES:
        at, moved = motion(words, launch)
        spine = line(moved, "pelvis", "neck")
        turned = np.unwrap(np.arctan2(spine[:, 0], spine[:, 2]))
        assert (turned[-1] - turned[0]) / (2 * np.pi) * away == pytest.approx(SOMERSAULTS[somersault], abs=0.02)
        across = line(moved, "shoulder_r", "shoulder_l")[:, 1]
        flying = np.sign(across[(at > 0) & (np.abs(across) > 0.01)])
        assert (np.diff(flying) != 0).sum() == 2 * TWISTS[twist]
        nose = line(moved, "nape", "head")[0, 0]
        assert (nose > 0) == to_water


@pytest.mark.parametrize(("label", "words"), CLASSES)
def test_the_shape_of_every_class(label, words):
    at, moved = motion(words, LAUNCHES[0])
    flying = (at > 0.1) & (at < moved.entry_time)
    hip = bend(line(moved, "chest", "pelvis"), line(moved, "hip_l", "knee_l"))[flying].max()
    knee = bend(line(moved, "hip_l", "knee_l"), line(moved, "knee_l", "ankle_l"))[flying].max()
    shape = {"PIKE": (hip > 2.2, knee < 0.1), "TUCK": (hip > 2.2, knee > 2.2)}
    shape |= {"STR": (hip < 0.5, knee < 0.1), "FREE": (1.2 < hip < 2, knee < 0.1)}
    assert all(shape[words[3]])


@pytest.mark.parametrize(("label", "words"), CLASSES)
def test_a_diver_misses_the_board_and_meets_the_water_stretched(label, words):
    for launch in LAUNCHES:
        at, moved = motion(words, launch)
        x, z = moved.positions[..., 0], moved.positions[..., 2]
        over = (at > 0.15)[:, None] & (x < -0.1) & (np.abs(z - launch.height) < 0.1)
        assert not over.any()
        assert 0.4 < moved.entry_x < 4
        entry = np.abs(at - moved.entry_time).argmin()
        first = "hand_l" if Dive.of(words).head_first else "toe_l"
        assert moved.positions[entry, JOINTS.index(first), 2] == pytest.approx(0, abs=0.05)
        assert np.linalg.norm(line(moved, "hand_l", "ankle_l")[entry]) > 0.6 or first == "toe_l"


def test_a_folded_body_turns_faster():
    at, moved = motion(["Back", "25som", "NoTwis", "TUCK"], LAUNCHES[1])
    spine = line(moved, "pelvis", "neck")
    rate = np.gradient(np.unwrap(np.arctan2(spine[:, 0], spine[:, 2])), at)
    flight = flight_time(LAUNCHES[1])
    assert rate[np.abs(at - flight / 2).argmin()] > 2.5 * rate[np.abs(at - 0.03).argmin()]
    assert rate[np.abs(at - flight / 2).argmin()] > 2.5 * rate[np.abs(at - 0.97 * flight).argmin()]


def test_limbs_keep_their_length():
    _, moved = motion(["Reverse", "15som", "35Twis", "FREE"], LAUNCHES[0])
    for pair in (("hip_l", "knee_l"), ("knee_r", "ankle_r"), ("shoulder_l", "elbow_l"), ("elbow_r", "hand_r")):
        lengths = np.linalg.norm(line(moved, *pair), axis=1)
        assert np.ptp(lengths) < 1e-9
