"""The bands of a figure's means: 95 % intervals over the seeds of a size, crossed with clips, as in the tables."""

import numpy as np
import pandas as pd

from analysis.runs.load import Study, V
from analysis.statistics.crossed import LEAST_FREEDOM, crossed_interval, freedom_of
from analysis.statistics.ratios import divide
from analysis.temporal_shape.crossed import on_drawn_clips, seed_weights

BAND = (
    f"band: 95 % interval over seeds, crossed with clips (none with fewer than {LEAST_FREEDOM + 1} seeds of a size; "
    "the tables have standard deviations)"
)


def with_intervals(study: Study, frame: pd.DataFrame, of_ratios: bool = False) -> pd.DataFrame:
    """Add to means over seeds, or to those of ratios to V, the bounds `low` and `high`; NaN where seeds are too few.

    Args:
        study: that the means are of.
        frame: with columns source, model, hidden, domain and ids, a row per mean.
        of_ratios: whether they are of accuracies divided by V.
    """
    weights: dict[tuple[str, str, int], np.ndarray] = {}
    bounds = []
    for row in frame.to_dict("records"):
        ids = list(row["ids"])
        freedom = freedom_of(np.full(len(ids), row["hidden"]))
        if freedom < LEAST_FREEDOM:
            bounds.append((float("nan"), float("nan")))
            continue
        drawn = on_drawn_clips(study, ids, row["domain"])  # (draws, N)
        if of_ratios:
            drawn = divide(drawn, on_drawn_clips(study, ids, V))
        cell = (row["source"], row["model"], len(ids))  # whose draws of seeds are those of every size
        if cell not in weights:
            weights[cell] = seed_weights(*cell[:2], np.zeros(len(ids)))
        of_seeds = weights[cell]
        bounds.append(crossed_interval((drawn * of_seeds).sum(axis=1) / of_seeds.sum(axis=1), freedom))
    low, high = np.array(bounds, float).reshape(-1, 2).T
    return frame.assign(low=low, high=high)
