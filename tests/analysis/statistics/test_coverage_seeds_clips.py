"""Over seeds and clips, intervals of interquartile means hold the truth; over seeds alone they do not."""

import numpy as np
from scipy.stats import norm, trim_mean

from analysis.statistics.bootstrap import interval
from analysis.statistics.crossed import clip_draws, crossed_interval, freedom_of
from analysis.statistics.iqm import interquartile_mean, stratified_weights

CORRELATED = 0.3  # of two runs' latent answers to one clip


def coverage(sizes: int, seeds: int, clips: int, studies: int, draws: int, seed: int) -> tuple[float, float, float]:
    """Shares of studies whose interval holds the truth: seeds × clips with t, without t, and over seeds alone."""
    rng = np.random.default_rng(seed)
    levels = np.linspace(-0.3, 0.8, sizes)[:, None]  # latent skill of a size
    spread = 0.12  # of a seed's

    def skills(number: int) -> np.ndarray:
        return (levels + spread * rng.normal(size=(sizes, number))).ravel()

    truth = trim_mean(norm.cdf(skills(100_000)), 0.25)
    strata = np.repeat(np.arange(sizes), seeds)
    held = []
    for _ in range(studies):
        ease = np.sqrt(CORRELATED) * rng.normal(size=clips)
        latent = skills(seeds)[:, None] + ease + np.sqrt(1 - CORRELATED) * rng.normal(size=(len(strata), clips))
        correct = latent > 0  # P = Φ(skill)
        weights = stratified_weights(strata, draws, rng)
        crossed = interquartile_mean(clip_draws(correct, draws, rng), weights)
        by_seeds = interval(interquartile_mean(correct.mean(axis=1), weights))
        made = crossed_interval(crossed, freedom_of(strata)), interval(crossed), by_seeds
        held.append([low <= truth <= high for low, high in made])
    return tuple(np.mean(held, axis=0))


def test_a_few_studies() -> None:
    crossed, _, by_seeds = coverage(sizes=4, seeds=3, clips=200, studies=150, draws=400, seed=5)
    assert 0.90 <= crossed <= 0.99
    assert by_seeds < 0.86


def test_two_sizes_with_two_seeds_have_no_interval() -> None:
    assert freedom_of(np.array([2, 2, 4, 4])) == 2
    draws = np.random.default_rng(0).normal(size=1000)
    assert np.isnan(crossed_interval(draws, 2)).all()
    assert np.isfinite(crossed_interval(draws, 4)).all()
