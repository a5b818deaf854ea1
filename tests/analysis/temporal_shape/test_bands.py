"""Bands of the figures by size: intervals of the mean over five seeds, none over fewer."""

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.text import Text
from scipy.stats import t
from support.made_runs import demo, write_run

from analysis.runs.load import load_study
from analysis.temporal_shape.bands import with_intervals
from analysis.temporal_shape.figures import FIGURES
from analysis.temporal_shape.measures import accuracy_by_size, outcomes, robustness_by_size, robustness_ratios

CLIPS = 100
RIGHT = {"validation": 50, "2dot": 50, "5dot": 40, "mnist": 30, "mnist-bg": 20}


def write(hidden: int, seeds: tuple[int, ...]) -> None:
    for seed in seeds:
        write_run(demo("2dot", "3dcnn", hidden, seed), RIGHT, CLIPS)


def test_five_seeds_of_a_size_have_the_interval_of_their_mean() -> None:
    """Runs that agree on every clip leave open what the binomial does, with Student's t of four degrees."""
    write(2, (42, 61, 47, 53, 57))
    write(4, (42, 61, 47, 53))
    study = load_study("ts-demo")
    rows = with_intervals(study, accuracy_by_size(outcomes(study))).set_index(["hidden", "domain"])
    half = t.ppf(0.975, 4) * (0.4 * 0.6 / (CLIPS - 1)) ** 0.5
    assert rows.loc[(2, "5dot"), "low"] == pytest.approx(0.4 - half, abs=0.02)
    assert rows.loc[(2, "5dot"), "high"] == pytest.approx(0.4 + half, abs=0.02)
    assert rows.loc[4, ["low", "high"]].isna().all(axis=None)
    ratios = robustness_by_size(robustness_ratios(outcomes(study))).query("denominator == 'V'")
    row = with_intervals(study, ratios, of_ratios=True).set_index(["hidden", "domain"]).loc[(2, "5dot")]
    # ln(40/50) has the variance (1 − 0.4)/(0.4 · 100) + (1 − 0.5)/(0.5 · 100): its two sides are other clips.
    half = t.ppf(0.975, 4) * (0.6 / 40 + 0.5 / 50) ** 0.5
    assert (row["low"], row["high"]) == pytest.approx((0.8 * np.exp(-half), 0.8 * np.exp(half)), abs=0.06)


def test_the_figures_draw_bands_where_seeds_allow() -> None:
    write(2, (42, 61, 47, 53, 57))
    write(4, (42, 61))
    study = load_study("ts-demo")
    for name, panels in (("fig4", 3), ("fig7", 1), ("fig9", 3)):
        figure = FIGURES[name][0](study)
        bands = [band for band in figure.findobj(PolyCollection) if band.get_paths()]
        assert len(bands) == panels, name
        assert all(np.ptp(band.get_paths()[0].vertices[:, 1]) > 0 for band in bands)
        said = " ".join(text.get_text() for text in figure.findobj(Text)).replace("\n", " ")
        assert "95 % interval over seeds" in said
