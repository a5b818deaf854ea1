"""Previews show the clips' own pixels, twice as large."""

import numpy as np
import pytest
from PIL import Image

from xdomain.core.errors import UserError
from xdomain.datasets.pictures.preview import CELL, GAP, MARGIN, TITLE, preview
from xdomain.datasets.temporal_shape.clipset import open_set
from xdomain.datasets.temporal_shape.generate import generate
from xdomain.specs.shapes import ClipSetSpec


@pytest.fixture(scope="module")
def clip_set(tmp_path_factory):
    return open_set(generate(ClipSetSpec("5dot", 60, seed=1), tmp_path_factory.mktemp("data")))


def twice(frame):
    return np.kron(frame, np.ones((2, 2), np.uint8))


def test_a_gif_plays_two_clips_of_each_class(clip_set, tmp_path):
    preview(clip_set.path, tmp_path / "out.gif")
    with Image.open(tmp_path / "out.gif") as gif:
        assert gif.n_frames == 20
        for frame in (0, 13):
            gif.seek(frame)
            page = np.asarray(gif.convert("L"))
            for label in range(5):
                left = GAP + label * (CELL + GAP)
                for row, clip in enumerate(np.flatnonzero(clip_set.labels == label)[:2]):
                    top = TITLE + row * (CELL + GAP)
                    cell = page[top : top + CELL, left : left + CELL]
                    np.testing.assert_array_equal(cell, twice(clip_set.clips[clip, frame]))
                assert page[:TITLE, left : left + CELL].min() < 128, "the class's name is missing"


def test_a_sheet_has_every_second_frame_and_the_path(clip_set, tmp_path):
    preview(clip_set.path, tmp_path / "out.PNG")
    page = np.asarray(Image.open(tmp_path / "out.PNG"))
    rows = [clip for label in range(5) for clip in np.flatnonzero(clip_set.labels == label)[:2]]
    for row, clip in enumerate(rows):
        top = TITLE + row * (CELL + GAP)
        for column in range(10):
            left = MARGIN + column * (CELL + GAP)
            cell = page[top : top + CELL, left : left + CELL]
            np.testing.assert_array_equal(cell[:, :, 1], twice(clip_set.clips[clip, 2 * column]))
        path = page[top : top + CELL, MARGIN + 10 * (CELL + GAP) :][:, :CELL]
        x, y = (2 * (clip_set.positions[clip, 10].astype(int) + 0.5)).astype(int)
        red, _, blue = path[y, x].astype(int)
        assert red > blue + 50, "the path does not pass through the object"


@pytest.mark.parametrize("name", ["out.jpg", "out", "out.gif.txt"])
def test_other_endings_are_refused(clip_set, tmp_path, name):
    with pytest.raises(UserError, match=r"\.gif"):
        preview(clip_set.path, tmp_path / name)
    assert not (tmp_path / name).exists()
