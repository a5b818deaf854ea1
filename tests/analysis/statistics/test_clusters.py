"""What is read off the draws of source videos, against formulas for a mean and for few videos."""

import numpy as np
import pytest
from scipy import stats

from analysis.statistics.bootstrap import ClusterBootstrap
from analysis.statistics.clusters import effective_number


def bootstrap_of(videos: int, clips: int = 10, draws: int = 4000) -> tuple[ClusterBootstrap, np.ndarray]:
    ids = np.repeat(np.arange(videos), clips)
    return ClusterBootstrap([ids], draws, seed=3), ids


def right_by_video(numbers: list[int], clips: int = 10) -> np.ndarray:
    return np.concatenate([np.arange(clips) < number for number in numbers])


def test_one_large_video_makes_few_of_many() -> None:
    assert effective_number(np.full(30, 12)) == pytest.approx(30)
    assert effective_number(np.array([100] + [1] * 29)) == pytest.approx(1, abs=0.01)
    assert effective_number(np.array([2, 1])) == pytest.approx(25 / 17)


def test_influence_and_acceleration_are_those_of_a_mean() -> None:
    numbers = [0, 1, 1, 2, 2, 3, 4, 6, 9, 10]
    bootstrap, ids = bootstrap_of(10)
    correct = right_by_video(numbers)
    draws = bootstrap.accuracies(ids, correct[None])[:, 0].astype(float)
    means = np.array(numbers) / 10
    deviation = means - means.mean()
    assert bootstrap.drawn.influence(draws) == pytest.approx(deviation / 9, abs=1e-6)  # nine are drawn
    found = bootstrap.drawn.correction(correct.mean(), draws)
    assert found.acceleration == pytest.approx((deviation**3).sum() / (6 * (deviation**2).sum() ** 1.5), rel=0.15)
    assert found.freedom == pytest.approx(9, rel=0.15)
    assert found.videos == 10


def test_the_interval_is_that_of_students_t_where_nothing_is_skewed() -> None:
    bootstrap, _ = bootstrap_of(10)
    draws = stats.norm.ppf((np.arange(4000) + 0.5) / 4000)
    found = bootstrap.drawn.correction(0.0, draws)._replace(bias=0, acceleration=0, freedom=9)
    low, high = bootstrap.drawn.levels(found)
    assert low == pytest.approx(stats.norm.cdf(-stats.t.ppf(0.975, 9)))
    assert high == pytest.approx(1 - low)
    assert bootstrap.drawn.levels(found._replace(freedom=np.inf)) == pytest.approx((0.025, 0.975))


def test_many_equal_videos_need_no_correction() -> None:
    rng = np.random.default_rng(4)
    bootstrap, ids = bootstrap_of(300, 4)
    correct = rng.random((1, 1200)) < 0.4
    draws = bootstrap.accuracies(ids, correct)[:, 0].astype(float)
    wanted = np.quantile(draws, [0.025, 0.975])
    assert bootstrap.interval(correct.mean(), draws) == pytest.approx(wanted, abs=0.002)


@pytest.mark.parametrize(("videos", "has_one"), [(7, False), (8, True)])
def test_below_eight_videos_there_is_no_interval_and_no_p_value(videos: int, has_one: bool) -> None:
    bootstrap, ids = bootstrap_of(videos)
    correct = right_by_video([*range(1, videos + 1)])
    draws = bootstrap.accuracies(ids, correct[None])[:, 0].astype(float)
    assert np.isfinite(bootstrap.interval(correct.mean(), draws)).all() == has_one
    assert np.isfinite(bootstrap.p(correct.mean(), draws, 0.2)) == has_one


def test_a_set_that_does_not_matter_does_not_count() -> None:
    """A ratio on the test clips has an interval, however few the validation videos are."""
    validation, test = np.repeat(np.arange(5), 10), np.repeat(np.arange(100, 120), 10)
    bootstrap = ClusterBootstrap([validation, test], 2000, seed=1)
    rng = np.random.default_rng(2)
    on_test, on_v = rng.random((1, 200)) < 0.5, rng.random((1, 50)) < 0.5
    a, v = (
        bootstrap.accuracies(ids, right)[:, 0].astype(float) for ids, right in ((test, on_test), (validation, on_v))
    )
    assert bootstrap.drawn.correction(on_test.mean(), a).videos == 20
    assert np.isfinite(bootstrap.interval(on_test.mean(), a)).all()
    assert bootstrap.drawn.correction(on_test.mean() / on_v.mean(), a / v).videos == 5
    assert np.isnan(bootstrap.interval(on_test.mean() / on_v.mean(), a / v)).all()


def test_the_p_value_and_the_interval_agree() -> None:
    bootstrap, ids = bootstrap_of(15)
    correct = right_by_video([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 9, 10])
    draws = bootstrap.accuracies(ids, correct[None])[:, 0].astype(float)
    low, high = bootstrap.interval(correct.mean(), draws)
    for bound in (low, high):
        assert bootstrap.p(correct.mean(), draws, bound) == pytest.approx(0.05, abs=0.01)
    assert bootstrap.p(correct.mean(), draws, correct.mean()) > 0.9
    assert bootstrap.p(correct.mean(), draws, high + 0.1) < 0.05


def test_one_sided_p_values_are_halves_of_the_two_sided_one() -> None:
    bootstrap, ids = bootstrap_of(15)
    correct = right_by_video([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 9, 10])
    value, draws = correct.mean(), bootstrap.accuracies(ids, correct[None])[:, 0].astype(float)
    for null in (value - 0.15, value + 0.2):
        above, below = (bootstrap.one_sided_p(value, draws, side, null) for side in (True, False))
        assert above + below == pytest.approx(1)
        assert 2 * min(above, below) == pytest.approx(bootstrap.p(value, draws, null))
        assert (above < below) == (null < value)
    unknown = np.where(np.arange(len(draws)) % 10 == 0, np.nan, draws)  # could lie anywhere: evidence for neither side
    assert bootstrap.one_sided_p(value, unknown, True, 0.0) > 0.05
    assert bootstrap.one_sided_p(value, unknown, False, 1.0) > 0.05
