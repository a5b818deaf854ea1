"""A user's package of domains, as installed: a module and its entry points, in a folder that every Python looks at."""

import sys
from pathlib import Path

import pytest

from xdomain.domains.registry import find

MODULE = """\
import numpy as np


def night(frames):
    return frames // 4


def haze(frames, severity, rng):
    return np.maximum(frames, np.uint8(20 * severity + rng.integers(10)))


def cut_out(frames, masks):
    return np.where(masks.masks[..., None], frames, 0).astype(np.uint8)


def star(frames, positions):
    made = np.zeros_like(frames)
    for frame, (x, y) in zip(made, positions.astype(int)):
        frame[max(y, 0), max(x - 3, 0) : x + 4] = 255
        frame[max(y - 3, 0) : y + 4, max(x, 0)] = 255
    return made


def in_place(frames):
    frames[:] = 7
    return frames


def cropped(frames):
    return frames[:, 1:]


def as_floats(frames):
    return frames / 255


def nothing(frames):
    return None


def curious(frames, weather):
    return frames


NUMBER = 5
"""
NAMES = ("night", "haze", "cut_out", "star", "in_place", "cropped", "as_floats", "nothing", "curious", "NUMBER")


def install(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the package `usersdomains`; the domain of a function is called as it is, with hyphens."""
    described = place / "usersdomains-1.0.dist-info"
    described.mkdir(parents=True)
    (place / "usersdomains.py").write_text(MODULE)
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: usersdomains\nVersion: 1.0\n")
    points = [f"{name.replace('_', '-').lower()} = usersdomains:{name}" for name in NAMES]
    points += ["absent = usersdomains:absent", "reversed = usersdomains:night", "S1 = usersdomains:night"]
    (described / "entry_points.txt").write_text("\n".join(["[xdomain.domains]", *points, ""]))
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.setenv("PYTHONPATH", str(place))
    sys.modules.pop("usersdomains", None)  # of an earlier test
    find.cache_clear()
