"""Averages over sizes and seeds where seeds are the replicates: interquartile mean, P(X > Y), stratified bootstrap.

Sizes are chosen and not drawn, so they are strata: only the seeds of a size are resampled (Agarwal et al. 2021).
"""

from collections.abc import Iterator

import numpy as np

from analysis.statistics.bootstrap import draw_counts, scale_of

AT_ONCE = 100_000  # drawn values that are sorted together: they and what is made of them fit into a processor's cache


def stratified_weights(strata: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draw (draws, N) weights of N runs within each of the (N,) strata; a stratum keeps its share."""
    weights = np.empty((draws, len(strata)), np.float32)
    for stratum in np.unique(strata):
        members = strata == stratum
        units = int(members.sum())
        weights[:, members] = draw_counts(units, draws, rng) * scale_of(units)
    return weights


def interquartile_mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Average the middle half of (N,) values, or of (draws, N) drawn ones, under (draws, N) weights: (draws,).

    A value on the border of the middle half counts with the part of its weight that lies inside, so that the result
    is exact for any N; where N is divisible by 4 and weights are 1 it is the mean trimmed by 25 % on either side.
    """
    values = np.broadcast_to(np.atleast_2d(values), weights.shape)
    return np.concatenate([_middle_mean(values[rows], weights[rows]) for rows in _blocks(weights.shape)])


def _middle_mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    upper = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1, dtype=np.float64)  # (draws, N)
    total = upper[:, -1:]
    inside = np.clip(upper, total / 4, 3 * total / 4)
    part = np.diff(inside, axis=1, prepend=total / 4)
    return (part * ordered).sum(axis=1) / (total[:, 0] / 2)


def probability_of_improvement(
    x: np.ndarray,
    y: np.ndarray,
    strata: tuple[np.ndarray, np.ndarray],
    weights_x: np.ndarray,
    weights_y: np.ndarray,
) -> np.ndarray:
    """Return (draws,) P(X > Y): that a run of X beats one of Y of the same size, averaged over sizes; ties are ½.

    It is Mann and Whitney's U of a size divided by its number of pairs. Sizes that only one of them has do not count.

    Args:
        x: (N,) values of X's runs, or (draws, N) drawn ones.
        y: (M,) values of Y's runs, or (draws, M).
        strata: (N,) sizes of X's runs and (M,) sizes of Y's.
        weights_x: (draws, N).
        weights_y: (draws, M).
    """
    of_x, of_y = strata
    x, y = np.broadcast_to(x, weights_x.shape), np.broadcast_to(y, weights_y.shape)
    shares = []
    for stratum in np.intersect1d(of_x, of_y):
        i, j = of_x == stratum, of_y == stratum
        sides = x[:, i], y[:, j], weights_x[:, i].astype(np.float64), weights_y[:, j].astype(np.float64)
        blocks = _blocks((len(x), int(i.sum() + j.sum())))
        shares.append(np.concatenate([_share_won(*(side[rows] for side in sides)) for rows in blocks]))
    return np.mean(shares, axis=0)


def _share_won(x: np.ndarray, y: np.ndarray, weights_x: np.ndarray, weights_y: np.ndarray) -> np.ndarray:
    """Weigh in each row the pairs in which x, (R, n), is above y, (R, m), and half of the ties: (R,)."""
    won = np.zeros(len(x))
    none_x, none_y = np.zeros_like(weights_x), np.zeros_like(weights_y)
    # Pairs would be n · m: in order, Y's weight so far is what each of X's values beats. Of ties X comes first, whom
    # they then do not count for, and once more last.
    for values, of_x, of_y in (
        ((x, y), (weights_x, none_y), (none_x, weights_y)),
        ((y, x), (none_y, weights_x), (weights_y, none_x)),
    ):
        order = np.argsort(np.hstack(values), axis=1, kind="stable")
        beaten = np.cumsum(np.take_along_axis(np.hstack(of_y), order, axis=1), axis=1)
        won += (np.take_along_axis(np.hstack(of_x), order, axis=1) * beaten).sum(axis=1)
    return won / 2 / (weights_x.sum(axis=1) * weights_y.sum(axis=1))


def _blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Divide the rows of (rows, columns) into blocks of about AT_ONCE values."""
    rows, columns = shape
    step = max(1, AT_ONCE // max(columns, 1))
    return (slice(first, first + step) for first in range(0, rows, step))


def weighted_slope(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Fit (draws,) least-squares slopes of (N,) y, or (draws, N) drawn ones, on (N,) x under (draws, N) weights."""
    total = weights.sum(axis=1)
    centred = x - ((weights @ x) / total)[:, None]  # (draws, N)
    return (weights * centred * y).sum(axis=1) / (weights * centred**2).sum(axis=1)
