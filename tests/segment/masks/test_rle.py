"""Run-length strings, beside ones worked out by hand from the format's description."""

import numpy as np
import pytest

from segment.masks import rle
from xdomain.core.errors import UserError


def column(*runs: int) -> np.ndarray:
    """One column of pixels: so many 0, so many 1, and so on."""
    return np.repeat(np.arange(len(runs)) % 2 == 1, runs)[:, None]


@pytest.mark.parametrize(
    ("mask", "text"),
    [
        (np.array([[0, 1], [1, 1]], dtype=bool), "13"),  # down the columns: 0 | 1 1 1
        (np.array([[1, 0], [1, 0]], dtype=bool), "022"),  # begins with no zeros: 0, 2, 2
        (np.zeros((3, 5), dtype=bool), "?"),  # 15 is 01111, sign clear: '0' + 15
        (np.zeros((4, 4), dtype=bool), "`0"),  # 16 needs its fifth bit for itself: 10000 with more, then 0
        (np.ones((1, 1), dtype=bool), "01"),
        (column(2, 3, 4, 5, 1), "2342M"),  # 5 - 3 = 2; 1 - 4 = -3 is 11101: '0' + 29
        (column(0, 40, 1, 6), "0X11nN"),  # 40 is 01000 and 1 with more; 6 - 40 = -34 is 11110 with more, then 11110
    ],
)
def test_strings_worked_out_by_hand(mask, text):
    assert rle.encode(mask) == text
    np.testing.assert_array_equal(rle.decode(text, mask.shape), mask)


@pytest.mark.parametrize("share", [0, 0.001, 0.5, 0.999, 1])
def test_any_mask_comes_back(share):
    mask = np.random.default_rng(7).random((369, 492)) < share
    np.testing.assert_array_equal(rle.decode(rle.encode(mask), mask.shape), mask)


@pytest.mark.parametrize("text", ["", "1", "14", "1S", "13`", " 3", "1é", "0" * 3 + "4N", "o" * 30 + "0"])
def test_other_strings_are_refused(text):
    with pytest.raises(UserError, match="run"):
        rle.decode(text, (2, 2))
