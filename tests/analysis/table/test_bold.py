"""Bold is told by the interval that a table gives: with Student's t for few seeds and for few source videos."""

import numpy as np
import pytest
from scipy.stats import norm, t

from analysis.statistics.bootstrap import ClusterBootstrap
from analysis.table.samples import CrossedSample, Sample
from analysis.table.tables import Column, best_cells

COLUMN = Column("share", "Share", highlight_best=True)
NORMAL = norm.ppf((np.arange(10_000) + 0.5) / 10_000)  # draws of a standard normal, evenly spaced


def is_told_apart(*samples: Sample) -> bool:
    return len(best_cells([{"share": sample.estimate()} for sample in samples], COLUMN)) == 1


@pytest.mark.parametrize("freedom", [4, 8, 40])
def test_few_seeds_have_students_t(freedom: int) -> None:
    """The difference's standard deviation is 1, so that t decides how large it has to be."""
    bound = t.ppf(0.975, freedom)  # 2.78 of two sizes with three seeds each, where the normal's is 1.96
    for difference, is_apart in ((bound - 0.05, False), (bound + 0.05, True)):
        best = CrossedSample(10 + difference, 10 + difference + NORMAL / 2, (), freedom=40)
        other = CrossedSample(10.0, 10 - NORMAL / 2, (), freedom=freedom)
        assert is_told_apart(best, other) is is_apart


def test_too_few_seeds_tell_nothing_apart() -> None:
    far = CrossedSample(100.0, 100 + NORMAL, (), freedom=3), CrossedSample(0.0, NORMAL, (), freedom=40)
    assert not is_told_apart(*far)


@pytest.mark.parametrize("videos", [8, 40])
def test_few_source_videos_have_students_t(videos: int) -> None:
    """A mean over videos of equal size: its t has one degree of freedom less than there are videos."""
    bootstrap = ClusterBootstrap([np.arange(videos)])
    (counts,) = (drawn for _, drawn in bootstrap.strata)
    values = norm.ppf((np.arange(videos) + 0.5) / videos)  # not skewed
    error = values.std(ddof=1) / np.sqrt(videos)
    draws = counts @ values / (videos - 1)
    bound = t.ppf(0.975, videos - 1) * error
    for difference, is_apart in ((0.93 * bound, False), (1.07 * bound, True)):
        best = Sample(difference, difference + 2 * draws, (), bootstrap=bootstrap)
        assert is_told_apart(best, Sample(0.0, draws, (), bootstrap=bootstrap)) is is_apart
    assert 0.93 * bound > 1.96 * error or videos > 8  # which the normal's would have told apart
