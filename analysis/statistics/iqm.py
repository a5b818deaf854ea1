"""Averages over sizes and seeds where seeds are the replicates: interquartile mean, P(X > Y), stratified bootstrap.

Sizes are chosen and not drawn, so they are strata: only the seeds of a size are resampled (Agarwal et al. 2021).
"""

import numpy as np

from analysis.statistics.bootstrap import draw_counts, scale_of


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
    values = np.broadcast_to(values, weights.shape) if values.ndim == 2 else values[None]
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    order = np.broadcast_to(order, weights.shape)
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
    x, y = (np.atleast_2d(values) for values in (x, y))
    shares = []
    for stratum in np.intersect1d(of_x, of_y):
        i, j = of_x == stratum, of_y == stratum
        u, v = weights_x[:, i].astype(np.float64), weights_y[:, j].astype(np.float64)
        # Y's weight below each of X's values, from running sums over Y in order: pairs would be n · m of them.
        order = np.argsort(y[:, j], axis=1, kind="stable")
        upto = np.cumsum(np.pad(np.take_along_axis(v, order, axis=1), ((0, 0), (1, 0))), axis=1)  # (draws, m + 1)
        below, not_above = _places(x[:, i], y[:, j])
        beaten = np.take_along_axis(upto, below, axis=1) + np.take_along_axis(upto, not_above, axis=1)
        won = (u * beaten / 2).sum(axis=1)
        shares.append(won / (u.sum(axis=1) * v.sum(axis=1)))
    return np.mean(shares, axis=0)


def _places(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find how many of y's values are below each of x's, and how many not above, in each row: (R, n) twice.

    Args:
        x: (R, n).
        y: (R, m).
    """
    x, y = (np.broadcast_to(values, (max(len(x), len(y)), values.shape[1])) for values in (x, y))
    known, codes = np.unique(np.hstack([x, y]), return_inverse=True)
    codes = codes.reshape(len(x), -1) + len(known) * np.arange(len(x))[:, None]  # those of a row above the last row's
    ordered = np.sort(codes[:, x.shape[1] :], axis=1).ravel()
    starts = y.shape[1] * np.arange(len(x))[:, None]
    below, not_above = (np.searchsorted(ordered, codes[:, : x.shape[1]], side) - starts for side in ("left", "right"))
    return below, not_above


def weighted_slope(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Fit (draws,) least-squares slopes of (N,) y, or (draws, N) drawn ones, on (N,) x under (draws, N) weights."""
    total = weights.sum(axis=1)
    centred = x - ((weights @ x) / total)[:, None]  # (draws, N)
    return (weights * centred * y).sum(axis=1) / (weights * centred**2).sum(axis=1)
