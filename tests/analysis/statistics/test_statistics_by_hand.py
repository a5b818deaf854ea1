"""Each formula, test and fit against numbers made by hand or by scipy and statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from analysis.statistics.bootstrap import ClusterBootstrap, draw_counts, interval, scale_of
from analysis.statistics.effective import fit_lines
from analysis.statistics.iqm import interquartile_mean, probability_of_improvement, stratified_weights
from analysis.statistics.paired import SignFlip, holm, mcnemar, require_same_clips
from analysis.statistics.ratios import (
    above_chance,
    accuracy_interval,
    divide,
    empirical_logit,
    lies_above,
    log_ratio_variance_independent,
    log_ratio_variance_same_clips,
    ratio_interval,
    standard_error,
)
from xdomain.core.errors import UserError

NOT_KNOWN = (np.nan, np.nan)


def answers(text: str) -> np.ndarray:
    return np.array([letter == "1" for letter in text])


def weights_of(bootstrap: ClusterBootstrap) -> np.ndarray:
    """(draws, videos) weight of each video in each draw."""
    return bootstrap.right(bootstrap.videos, np.eye(len(bootstrap.videos)))[0]


def test_the_standard_error_of_the_papers_match() -> None:
    assert 100 * standard_error(0.5007, 1502) == pytest.approx(1.29, abs=0.005)
    assert standard_error(1.0, 10) == 0


def test_log_ratio_variance_on_the_same_clips() -> None:
    # a = 3/5, b = 2/5, both right in 2/5: (1/5)[(2/5)/(3/5) + (3/5)/(2/5) - 2(2/5 - 6/25)/(6/25)] = (1/5)(5/6)
    assert log_ratio_variance_same_clips(answers("11100"), answers("11000")) == pytest.approx(1 / 6)
    assert log_ratio_variance_same_clips(answers("110"), answers("110")) == pytest.approx(0)
    assert np.isnan(log_ratio_variance_same_clips(answers("000"), answers("110")))


def test_log_ratio_variance_of_independent_sets() -> None:
    assert log_ratio_variance_independent(0.5, 100, 0.25, 50) == pytest.approx(0.01 + 0.06)
    assert np.isnan(log_ratio_variance_independent(0.0, 100, 0.25, 50))


def test_ratio_interval_is_symmetric_in_the_logarithm() -> None:
    low, high = ratio_interval(0.5, 0.04)
    assert low == pytest.approx(0.5 * np.exp(-1.959964 * 0.2))
    assert low * high == pytest.approx(0.25)


def test_a_ratio_to_zero_has_no_value() -> None:
    assert divide([1, 0, 0], [2, 2, 0])[:2].tolist() == [0.5, 0]
    assert np.isnan(divide([1, 0, 0], [2, 2, 0])[2])


def test_above_chance_removes_the_floor() -> None:
    assert above_chance(0.2, 0.9, 0.2) == 0
    assert above_chance(0.55, 0.9, 0.2) == pytest.approx(0.5)
    assert lies_above((0.01, 0.1), 0)
    assert not lies_above((-0.1, 0.1), 0)
    assert not lies_above((-0.2, -0.1), 0)
    assert not lies_above(NOT_KNOWN, 0)


def test_wilson_holds_at_the_ends() -> None:
    # at 0 of n: [0, z²/(n + z²)]
    assert accuracy_interval(0.0, 10) == pytest.approx((0, 3.8415 / 13.8415), abs=1e-4)
    low, high = accuracy_interval(0.5, 100)
    assert (low + high) / 2 == pytest.approx(0.5)


def test_the_logit_is_finite_at_both_ends() -> None:
    assert empirical_logit([0, 5, 10], 10).tolist() == pytest.approx([-np.log(21), 0, np.log(21)])


def test_a_draw_takes_one_less_and_keeps_the_total() -> None:
    counts = draw_counts(5, 4000, np.random.default_rng(0))
    assert np.unique(counts).tolist() == [0, 1, 2, 3, 4]
    weights = counts * scale_of(5)
    assert weights.sum(axis=1) == pytest.approx(5)
    values = np.array([1.0, 2, 4, 8, 16])
    assert (weights @ values / 5).var() == pytest.approx(values.var(ddof=1) / 5, rel=0.05)  # not (4/5) of it
    assert draw_counts(1, 3, np.random.default_rng(0)).tolist() == [[1], [1], [1]]
    assert scale_of(1) == 1


def test_accuracies_of_a_draw_are_those_of_its_videos() -> None:
    test = np.array(["u", "u", "v", "w"])
    bootstrap = ClusterBootstrap([test], draws=50, seed=1)
    correct = np.array([[1, 1, 0, 1], [0, 1, 1, 0]], bool)
    expanded = weights_of(bootstrap)[:, [0, 0, 1, 2]]  # a weight per clip
    wanted = (expanded[:, None] * correct).sum(axis=2) / expanded.sum(axis=1)[:, None]
    assert bootstrap.accuracies(test, correct) == pytest.approx(wanted, rel=1e-5)


def test_models_and_domains_share_the_drawn_videos() -> None:
    videos = np.repeat(np.arange(30), 4).astype(str)
    correct = np.random.default_rng(0).random((1, 120)) < 0.5
    bootstrap = ClusterBootstrap([videos], draws=100)
    first, second = (bootstrap.accuracies(videos, correct) for _ in range(2))
    assert divide(first, second) == pytest.approx(1)


def test_strata_keep_validation_and_test_videos_apart() -> None:
    validation, test = np.array(["a", "b", "c"]), np.array(["c", "d", "e", "f"])
    bootstrap = ClusterBootstrap([validation, test], draws=200)
    assert bootstrap.videos.tolist() == list("abcdef")
    weights = weights_of(bootstrap)
    assert weights[:, :2].sum(axis=1) == pytest.approx(2)  # only validation
    assert weights[:, 2].tolist() == [1] * 200  # both: one video cannot be resampled
    assert weights[:, 3:].sum(axis=1) == pytest.approx(3)


def test_clips_of_one_video_have_no_interval() -> None:
    videos = np.array(["a", "a"])
    draws = ClusterBootstrap([videos], draws=20).accuracies(videos, answers("10")[None])
    assert np.isnan(interval(draws[:, 0])).all()


def test_an_interval_counts_unknown_draws_against_itself() -> None:
    draws = np.arange(1.0, 1001)
    assert interval(draws) == (25, 975)
    assert interval(np.where(draws > 990, np.nan, draws)) == (15, 975)
    assert np.isnan(interval(np.where(draws > 900, np.nan, draws))).all()


def test_what_no_draw_changes_has_no_interval() -> None:
    videos = np.repeat(np.arange(5), 4).astype(str)
    draws = ClusterBootstrap([videos], draws=100).accuracies(videos, np.zeros((1, 20), bool))
    assert draws.max() == 0
    assert np.isnan(interval(draws[:, 0])).all()


def test_mcnemar_is_the_binomial_of_the_discordant_clips() -> None:
    # 5 against 1 discordant clips: 2 (C(6,0) + C(6,1)) / 2^6
    assert mcnemar(answers("1111101"), answers("0000011")) == pytest.approx(2 * 7 / 64)
    assert mcnemar(answers("11"), answers("11")) == 1


def test_sign_flip_enumerates_few_videos() -> None:
    videos = np.array(["a", "a", "b", "c"])
    test = SignFlip(videos, draws=100, seed=0)
    # sums by video +2, +1, +1: only +++ and --- reach 4
    assert test.exact
    assert test.p(answers("1111")[None], answers("0000")[None]).tolist() == [2 / 8]


def test_sign_flip_agrees_with_scipy() -> None:
    rng = np.random.default_rng(3)
    videos = np.repeat(np.arange(10), 6)
    first, second = rng.random((2, 60)) < [[0.6], [0.4]]
    sums = np.bincount(videos, first.astype(float) - second)
    wanted = stats.permutation_test(
        (sums, np.zeros(10)), lambda x, y, axis: (x - y).sum(axis=axis), permutation_type="samples", n_resamples=np.inf
    )
    assert SignFlip(videos, 0, 0).p(first[None], second[None])[0] == pytest.approx(wanted.pvalue)
    many = np.repeat(np.arange(20), 3)
    exact = stats.binomtest(15, 20).pvalue  # one clip a video decides: the sign test
    only_first = np.zeros((1, 60), bool)
    only_first[0, : 15 * 3 : 3] = True
    only_second = np.zeros((1, 60), bool)
    only_second[0, 15 * 3 :: 3] = True
    assert SignFlip(many, 20_000, 0).p(only_first, only_second)[0] == pytest.approx(exact, abs=0.006)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]).tolist() == []


def test_other_clips_are_refused_and_named() -> None:
    require_same_clips(["a", "b"], ["a", "b"], ("3D CNN", "ConvLSTM"))
    with pytest.raises(UserError, match=r"2 only of 3D CNN \(a, b\) and 1 only of ConvLSTM \(d\)"):
        require_same_clips(["a", "b", "c"], ["c", "d"], ("3D CNN", "ConvLSTM"))
    with pytest.raises(UserError, match=r"5 only of x \(a, b, c and 2 more\)"):
        require_same_clips(list("abcde"), [], ("x", "y"))


def test_lines_agree_with_least_squares_on_dummies() -> None:
    rng = np.random.default_rng(5)
    runs = np.repeat(np.arange(4), 6)
    models = np.array([0, 0, 1, 2])
    x = rng.normal(size=24)
    y = 0.7 * x + np.array([1.0, 1.4, -0.5, 0.0])[runs] + rng.normal(scale=0.1, size=24)
    fitted = sm.OLS(y, np.column_stack([x, runs[:, None] == np.arange(4)])).fit().params
    lines = fit_lines(x, y, runs, models)
    assert lines.slope == pytest.approx(fitted[0])
    assert lines.intercepts == pytest.approx([fitted[1:3].mean(), fitted[3], fitted[4]])
    assert lines.common == pytest.approx(lines.intercepts.mean())


def test_lines_of_draws_are_the_lines_of_each() -> None:
    x = np.array([[0.0, 1, 2], [0, 2, 4]])
    lines = fit_lines(x, 1 + 2 * x, np.zeros(3, int), np.zeros(1, int))
    assert lines.slope.tolist() == [2, 2]
    assert lines.intercepts[:, 0].tolist() == [1, 1]


def test_one_checkpoint_makes_no_line() -> None:
    lines = fit_lines(np.array([0.3, 0.4]), np.array([0.1, 0.2]), np.array([0, 1]), np.array([0, 1]))
    assert np.isnan(lines.slope)
    assert np.isnan(lines.common)


def test_interquartile_mean_by_hand_and_by_scipy() -> None:
    ones = np.ones((1, 8))
    values = np.array([9.0, 1, 2, 3, 4, 5, 6, 100])
    assert interquartile_mean(values, ones) == pytest.approx(stats.trim_mean(values, 0.25))
    # of three, 0.75 lies below and above: a quarter of the outer ones stays
    assert interquartile_mean(np.array([0.0, 3, 10]), np.ones((1, 3))) == pytest.approx((0.25 * 10 + 3) / 1.5)
    assert interquartile_mean(np.array([0.0, 8]), np.array([[3.0, 1.0]])) == pytest.approx(0)


def test_stratified_weights_stay_within_sizes() -> None:
    weights = stratified_weights(np.array([2, 4, 2, 4, 2]), 100, np.random.default_rng(0))
    assert weights[:, [0, 2, 4]].sum(axis=1) == pytest.approx(3)
    assert weights[:, [1, 3]].sum(axis=1) == pytest.approx(2)


def test_probability_of_improvement_by_hand() -> None:
    x, y = np.array([1.0, 3, 5]), np.array([2.0, 3, 5])
    strata = (np.array([2, 2, 4]), np.array([2, 2, 4]))
    ones = np.ones((1, 3))
    # size 2: 1 beats none, 3 beats 2 and ties with 3: 1.5 of 4; size 4: a tie
    assert probability_of_improvement(x, y, strata, ones, ones) == pytest.approx((1.5 / 4 + 0.5) / 2)


def test_probability_of_improvement_of_drawn_values_counts_pairs() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.integers(6, size=(40, 4)) / 5, rng.integers(6, size=(40, 3)) / 5  # with ties
    u, v = rng.integers(1, 4, size=(40, 4)), rng.integers(1, 4, size=(40, 3))
    one = np.zeros(4), np.zeros(3)
    for row, found in enumerate(probability_of_improvement(x, y, one, u, v)):
        pairs = [(u[row, i] * v[row, j], x[row, i], y[row, j]) for i in range(4) for j in range(3)]
        won = sum(weight * ((a > b) + (a == b) / 2) for weight, a, b in pairs)
        assert found == pytest.approx(won / sum(weight for weight, _, _ in pairs))
