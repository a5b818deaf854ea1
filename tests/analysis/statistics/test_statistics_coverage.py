"""95 % intervals hold the truth in 93 to 97 % of simulated studies whose truth is known."""

import numpy as np
from scipy.stats import trim_mean

from analysis.statistics.bootstrap import ClusterBootstrap
from analysis.statistics.iqm import interquartile_mean, stratified_weights

STUDIES = 1500
VIDEOS, CLIPS = 80, 12  # clips a video


def clustered(rng: np.random.Generator, studies: int, rates: tuple[float, float]) -> list[np.ndarray]:
    """Answers (studies, N) in two domains with these accuracies; a video's clips are right or wrong together more
    often than not, and so are the two domains."""
    share = rng.beta(2, 2, size=(studies, VIDEOS))  # mean 1/2; how easy a video is, in both domains
    easy = np.repeat(share, CLIPS, axis=1)
    return [rng.random((studies, VIDEOS * CLIPS)) < 2 * rate * easy for rate in rates]


def quantiles(draws: np.ndarray) -> np.ndarray:
    return np.quantile(draws, [0.025, 0.975], axis=0)


def held(draws: np.ndarray, truth: float) -> float:
    low, high = quantiles(draws)
    return float(((low <= truth) & (truth <= high)).mean())


def test_paired_ratio_and_contrast_of_clustered_clips() -> None:
    rng = np.random.default_rng(11)
    videos = np.repeat(np.arange(VIDEOS), CLIPS).astype(str)
    source, target = clustered(rng, STUDIES, (0.45, 0.30))
    bootstrap = ClusterBootstrap([videos], draws=1500, seed=1)
    a_s, a_t = (bootstrap.accuracies(videos, correct) for correct in (source, target))
    assert 0.93 <= held(a_t / a_s, 0.30 / 0.45) <= 0.97
    assert 0.93 <= held(np.log(a_t[:, ::2] / a_s[:, ::2]) - np.log(a_t[:, 1::2] / a_s[:, 1::2]), 0.0) <= 0.97


def test_clips_taken_as_independent_would_not_cover() -> None:
    """The control: the simulation tells a wrong interval from a right one."""
    rng = np.random.default_rng(12)
    correct = clustered(rng, 600, (0.45, 0.30))[0]
    every_clip = np.arange(VIDEOS * CLIPS).astype(str)
    draws = ClusterBootstrap([every_clip], draws=600).accuracies(every_clip, correct)
    assert held(draws, 0.45) < 0.9


def test_seeds_and_videos_crossed() -> None:
    rng = np.random.default_rng(13)
    seeds, studies = 5, 1500
    videos = np.repeat(np.arange(VIDEOS), CLIPS).astype(str)
    bootstrap = ClusterBootstrap([videos], draws=1000, seed=2)
    easy = np.repeat(rng.beta(2, 2, size=(studies, 1, VIDEOS)), CLIPS, axis=2)
    skill = 0.45 + 0.01 * rng.normal(size=(studies, seeds, 1))  # a seed's accuracy
    correct = rng.random((studies, seeds, VIDEOS * CLIPS)) < 2 * skill * easy
    draws = bootstrap.accuracies(videos, correct.reshape(studies * seeds, -1)).reshape(-1, studies, seeds)
    averaged = np.einsum("dks,ds->dk", draws, bootstrap.seed_weights("3dcnn", seeds))
    assert 0.93 <= held(averaged, 0.45) <= 0.97


def test_interquartile_mean_with_five_seeds_a_size() -> None:
    rng = np.random.default_rng(14)
    studies, sizes, seeds = 600, 10, 5
    levels = np.linspace(0.3, 0.8, sizes)[:, None]

    def measured(repeats: int, seeds: int) -> np.ndarray:
        return (levels + 0.05 * rng.normal(size=(repeats, sizes, seeds))).reshape(repeats, -1)

    truth = trim_mean(measured(1, 200_000)[0], 0.25)
    weights = stratified_weights(np.repeat(np.arange(sizes), seeds), 1000, rng)
    inside = []
    for values in measured(studies, seeds):
        low, high = quantiles(interquartile_mean(values, weights))
        inside.append(low <= truth <= high)
    assert 0.93 <= np.mean(inside) <= 0.97
