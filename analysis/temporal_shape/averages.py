"""Interquartile means of a cell's runs on drawn seeds and clips, which several tables are made of."""

from functools import cache
from typing import NamedTuple

import numpy as np

from analysis.runs.load import Study
from analysis.statistics.iqm import interquartile_mean
from analysis.statistics.ratios import above_chance, accuracy_interval, divide, lies_above
from analysis.temporal_shape.crossed import floors
from analysis.temporal_shape.grid import GridCell

ACCURACY, BARE, CORRECTED = "accuracy", "bare", "corrected"


class Average(NamedTuple):
    """The interquartile mean of a measure over the runs that have it; without one of them no value and no draws."""

    value: float
    draws: np.ndarray  # (draws,)
    ids: tuple[str, ...]  # of the runs
    freedom: int  # degrees of their seeds


@cache  # a cell stands in a table of its own and in several contrasts
def average(cell: GridCell, domain: str, measure: str) -> Average:
    """Average the accuracy in a domain, its bare ratio to that on the source, or that ratio above chance.

    Runs at chance on the source (its 95 % interval is not above the floor) have no ratio above chance.
    """
    values, below = (cell.wide[name].to_numpy(float) for name in (domain, cell.source))
    drawn, usable = cell.drawn(domain), np.ones(len(values), bool)
    if measure == BARE:
        values, drawn, usable = divide(values, below), divide(drawn, cell.drawn(cell.source)), below > 0
    if measure == CORRECTED:
        clips = clips_of(cell.study, cell.source)
        least = floors(cell.study)
        floor, floor_below = (np.array([least[run, name] for run in cell.wide["id"]]) for name in (domain, cell.source))
        usable = np.array(
            [lies_above(accuracy_interval(rate, clips), c) for rate, c in zip(below, floor_below, strict=True)]
        )
        values = above_chance(values, below, floor, floor_below)
        drawn = above_chance(drawn, cell.drawn(cell.source), floor, floor_below)
    if not usable.any():
        return Average(float("nan"), np.empty(0), (), 0)
    own = values[usable]
    value = float(interquartile_mean(own, np.ones((1, len(own))))[0])
    draws = interquartile_mean(drawn[:, usable], cell.weights(usable))
    return Average(value, draws, tuple(cell.wide["id"][usable]), cell.freedom(usable))


def clips_of(study: Study, domain: str) -> int:
    """Count the clips of a domain's set."""
    return int(study.accuracies.loc[study.accuracies["domain"] == domain, "n_clips"].max())
