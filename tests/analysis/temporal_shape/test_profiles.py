"""Performance profiles by hand."""

import numpy as np
import pytest
from support.made_runs import demo, right_2dot, write_run

from analysis.runs.load import load_study
from analysis.temporal_shape.grid import grid_cell
from analysis.temporal_shape.profiles import LEVELS, profile, profiles


def test_a_profile_counts_the_runs_above_each_level() -> None:
    for seed, right in ((42, 2), (61, 4), (47, 4), (53, 8)):  # of 10 clips of mnist
        write_run(demo("2dot", "3dcnn", 2, seed), right_2dot(9, 9, 9, middle=right))
    share, low, high = profile(grid_cell(load_study("ts-demo"), "2dot", "3dcnn"), "mnist")
    at = [int(np.argmin(abs(LEVELS - level))) for level in (0.1, 0.3, 0.5, 0.9)]
    assert share[at] == pytest.approx([1, 0.75, 0.25, 0])
    assert (np.diff(share) <= 0).all()
    assert (low <= share).all()
    assert (share <= high).all()
    assert low[at[0]] == high[at[0]] == 1


def test_the_figure_has_a_panel_for_each_target() -> None:
    write_run(demo("2dot", "3dcnn", 2, 42), right_2dot(9, 9, 9))
    titles = [axes.get_title() for axes in profiles(load_study("ts-demo")).get_axes()]
    assert titles == ["2Dot → 5Dot", "2Dot → MNIST", "2Dot → MNIST-bg"]
