"""Studies with a known truth: clips of few source videos of unequal sizes, strongly alike within a video."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import beta, norm

from analysis.statistics.bootstrap import ClusterBootstrap, interval

ALIKE = 0.35  # intra-video correlation of being right
SHARED = 0.64  # of how easy a video is: the part that its domains have in common
SEED_SD = 0.1  # of a seed's ln accuracy
KEPT = 0.6  # true accuracy in the domain ÷ that on its source
STATISTICS = ("accuracy", "ratio, same clips", "ratio to V", "contrast")


@dataclass(frozen=True)
class Coverage:
    """How often intervals held the truth, of the studies that had one."""

    corrected: float  # BCa with Student's t
    bca: float  # with the normal distribution
    percentile: float
    with_interval: float  # share of the studies


def clip_numbers(videos: int, rng: np.random.Generator) -> np.ndarray:
    """(V,) unequal numbers of clips: mean 13, some above 40."""
    return 1 + rng.poisson(rng.gamma(2, 6, size=videos))


def answers(
    rng: np.random.Generator, clips: np.ndarray, accuracies: list[float], studies: int, seeds: int
) -> list[np.ndarray]:
    """For each accuracy (studies, seeds, N) answers; videos are as easy in one as in the other, more or less."""
    shared = rng.normal(size=(studies, 1, len(clips)))
    made = []
    for accuracy in accuracies:
        own = rng.normal(size=shared.shape)
        concentration = 1 / ALIKE - 1
        place = norm.cdf(np.sqrt(SHARED) * shared + np.sqrt(1 - SHARED) * own)
        rate = beta.ppf(place, accuracy * concentration, (1 - accuracy) * concentration)
        spread = SEED_SD if seeds > 1 else 0
        skill = np.exp(spread * rng.normal(size=(studies, seeds, 1)) - spread**2 / 2)  # mean 1
        chance = np.repeat(np.minimum(rate * skill, 1), clips, axis=2)
        made.append(rng.random(chance.shape) < chance)
    return made


def simulate(videos: int, accuracy: float, seeds: int, studies: int, draws: int) -> dict[str, Coverage]:
    """Coverage of the 95 % intervals of every statistic; the seed of the simulation follows from the arguments."""
    rng = np.random.default_rng([videos, round(1000 * accuracy), seeds])
    test, validation = (clip_numbers(videos, rng) for _ in range(2))
    ids = [np.repeat(np.arange(videos) + shift, sizes) for shift, sizes in ((0, test), (videos, validation))]
    bootstrap = ClusterBootstrap(ids, draws, seed=1)
    levels = [accuracy, KEPT * accuracy] * 2  # of two models: source, domain
    source, domain, other_source, other_domain = answers(rng, test, levels, studies, seeds)
    (on_v,) = answers(rng, validation, [accuracy], studies, seeds)

    def averaged(correct: np.ndarray, of_videos: np.ndarray, model: str) -> tuple[np.ndarray, np.ndarray]:
        """(studies,) accuracies, the mean over seeds, and their (draws, studies) replicates."""
        drawn = bootstrap.accuracies(of_videos, correct.reshape(studies * seeds, -1)).reshape(draws, studies, seeds)
        weights = bootstrap.seed_weights(model, seeds)
        return correct.mean(axis=(1, 2)), np.einsum("dks,ds->dk", drawn, weights)

    a, b = averaged(source, ids[0], "first"), averaged(domain, ids[0], "first")
    c, d = averaged(other_source, ids[0], "second"), averaged(other_domain, ids[0], "second")
    v = averaged(on_v, ids[1], "first")
    with np.errstate(divide="ignore", invalid="ignore"):
        made = (
            (a, accuracy),
            (tuple(x / y for x, y in zip(b, a, strict=True)), KEPT),
            (tuple(x / y for x, y in zip(b, v, strict=True)), KEPT),
            (tuple(np.log(p / q) - np.log(r / s) for p, q, r, s in zip(b, a, d, c, strict=True)), 0.0),
        )
    found = {}
    for name, ((values, replicates), truth) in zip(STATISTICS, made, strict=True):
        held: list[list[bool]] = [[], [], []]
        for value, column in zip(values, np.where(np.isfinite(replicates), replicates, np.nan).T, strict=True):
            if not np.isfinite(value) or np.isnan(interval(column)).any():
                continue
            if np.isnan(bootstrap.interval(value, column)).any():
                continue
            normal = bootstrap.drawn.correction(value, column)._replace(freedom=float("inf"))
            bca = interval(column, bootstrap.drawn.levels(normal))
            for kind, (low, high) in zip(held, (bootstrap.interval(value, column), bca, interval(column)), strict=True):
                kind.append(low <= truth <= high)
        shares = (float(np.mean(kind)) if kind else float("nan") for kind in held)
        found[name] = Coverage(*shares, with_interval=len(held[0]) / studies)
    return found
