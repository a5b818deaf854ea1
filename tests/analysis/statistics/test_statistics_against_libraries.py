"""Interquartile mean, P(X > Y), stratified intervals and McNemar's test, as rliable and statsmodels have them."""

import numpy as np
import pytest
from rliable import metrics
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.power import NormalIndPower

from analysis.statistics.bootstrap import interval
from analysis.statistics.iqm import interquartile_mean, probability_of_improvement, stratified_weights
from analysis.statistics.paired import mcnemar
from analysis.statistics.power import resolvable, seeds_needed

SEEDS, SIZES = 8, 10
STRATA = np.tile(np.arange(SIZES), SEEDS)  # of (seeds, sizes) scores in a row


def scores(seed: int, shift: float = 0.0) -> np.ndarray:
    """(seeds, sizes) accuracies: rliable calls them runs and tasks."""
    rng = np.random.default_rng(seed)
    return np.linspace(0.3, 0.8, SIZES) + shift + 0.05 * rng.normal(size=(SEEDS, SIZES))


def test_the_interquartile_mean_is_rliables() -> None:
    values = scores(1)
    ours = interquartile_mean(values.ravel(), np.ones((1, values.size)))
    assert ours[0] == pytest.approx(metrics.aggregate_iqm(values))


def test_the_probability_of_improvement_is_rliables() -> None:
    x, y = scores(1, 0.02).round(2), scores(2).round(2)  # rounded, so that some are equal
    ones = np.ones((1, x.size))
    ours = probability_of_improvement(x.ravel(), y.ravel(), (STRATA, STRATA), ones, ones)
    assert ours[0] == pytest.approx(metrics.probability_of_improvement(x, y))


def test_stratified_intervals_are_the_published_ones_but_for_few_seeds() -> None:
    """Agarwal et al. (2021, section 4.1) draw n of a task's n runs; rliable's own code for it asks for pandas below 3.

    Drawing n − 1 of n makes the interval √(n/(n − 1)) wider, as is right for few seeds.
    """
    values, rng = scores(3), np.random.default_rng(1)
    drawn = rng.integers(SEEDS, size=(4_000, SEEDS, SIZES))
    published = [metrics.aggregate_iqm(values[rows, np.arange(SIZES)]) for rows in drawn]
    low, high = np.quantile(published, [0.025, 0.975])
    weights = stratified_weights(STRATA, 10_000, np.random.default_rng(2))
    ours = interval(interquartile_mean(values.ravel(), weights))
    wider = np.sqrt(SEEDS / (SEEDS - 1))
    assert ours[1] - ours[0] == pytest.approx((high - low) * wider, rel=0.06)
    assert np.mean(ours) == pytest.approx(np.mean([low, high]), abs=0.003)


@pytest.mark.parametrize("seed", range(5))
def test_mcnemar_is_statsmodels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.random((2, 60)) < np.array([[0.6], [0.4]])
    table = [[(a & b).sum() for b in (second, ~second)] for a in (first, ~first)]
    assert mcnemar(first, second) == pytest.approx(statsmodels_mcnemar(table, exact=True).pvalue)


def test_power_is_statsmodels_where_seeds_are_all_that_varies() -> None:
    found = resolvable(seed_sd=0.2, clip_sd=0.0, seeds=6, clips=1_000)
    effect = NormalIndPower().solve_power(nobs1=6, alpha=0.05, power=0.8)
    assert found == pytest.approx(0.2 * effect, rel=1e-3)
    needed = seeds_needed(difference=0.1, seed_sd=0.2, clip_sd=0.0, clips=1_000)
    assert needed == np.ceil(NormalIndPower().solve_power(effect_size=0.5, alpha=0.05, power=0.8))
