"""Interquartile means of a cell's runs on drawn seeds and clips, which several tables are made of."""

from functools import cache

import numpy as np

from analysis.statistics.iqm import interquartile_mean
from analysis.statistics.ratios import above_chance, accuracy_interval, divide, lies_above
from analysis.table.samples import CrossedSample
from analysis.temporal_shape.crossed import floors
from analysis.temporal_shape.grid import GridCell

ACCURACY, BARE, CORRECTED = "accuracy", "bare", "corrected"


@cache  # a cell stands in a table of its own and in several contrasts
def average(cell: GridCell, domain: str, measure: str) -> CrossedSample:
    """Average the accuracy in a domain, its bare ratio to that on the source, or that ratio above chance.

    It is the interquartile mean over the runs that have the measure; absent where none has. Runs at chance on the
    source (its 95 % interval is not above the floor) have no ratio above chance.
    """
    values, below = (cell.wide[name].to_numpy(float) for name in (domain, cell.source))
    drawn, usable = cell.drawn(domain), np.ones(len(values), bool)
    if measure == BARE:
        values, drawn, usable = divide(values, below), divide(drawn, cell.drawn(cell.source)), below > 0
    if measure == CORRECTED:
        sets, least = cell.study.accuracies, floors(cell.study)
        clips = int(sets.loc[sets["domain"] == cell.source, "n_clips"].max())
        floor, floor_below = (np.array([least[run, name] for run in cell.wide["id"]]) for name in (domain, cell.source))
        usable = np.array(
            [lies_above(accuracy_interval(rate, clips), c) for rate, c in zip(below, floor_below, strict=True)]
        )
        values = above_chance(values, below, floor, floor_below)
        drawn = above_chance(drawn, cell.drawn(cell.source), floor, floor_below)
    if not usable.any():
        return CrossedSample.absent("no runs")
    own = values[usable]
    value = float(interquartile_mean(own, np.ones((1, len(own))))[0])
    draws = interquartile_mean(drawn[:, usable], cell.weights(usable))
    return CrossedSample(value, draws, tuple(cell.wide["id"][usable]), freedom=cell.freedom(usable))
