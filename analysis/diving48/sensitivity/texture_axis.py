"""Texture against shape on one axis: what share of what a model gets right it gets right without the diver."""

from typing import Any, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.diving48.entries import Entry
from analysis.diving48.figures import warning_of
from analysis.diving48.measures import Measures
from analysis.plotting.canvas import GREY, model_handles, panels
from analysis.plotting.style import ModelStyle, role_styles
from analysis.published.tables import published_ratios
from xdomain.studies.diving48 import EXPERIMENTS

BESIDE = 0.22  # of a row, between models; the paper's mark stands half as far below ours
NOTE = (
    "T ÷ (S1 + T) of the matched checkpoints, in percent, an axis in the manner of model-vs-human: on T the diver is "
    "hidden and the background stays, on S1 the background is blurred. At 50 % a model is right as often without the "
    "diver as with little else. Bars: 95 % intervals; lines: means over experiments; hollow: the paper's."
)


def share(ratio: float | np.ndarray) -> Any:
    """Turn T/S1 into T ÷ (S1 + T), in percent."""
    return 100 * ratio / (1 + ratio)


def texture_axis(measures: Measures) -> Figure | None:
    """Draw T ÷ (S1 + T), a row for each experiment, a mark for each model: right without the diver, or with it."""
    found = [(entry, measures.ratio(entry, "T", "S1").estimate()) for entry in measures.matched]
    known = [(entry, estimate) for entry, estimate in found if not np.isnan(estimate.value)]
    if not known:
        return None
    letters = [letter for letter in EXPERIMENTS if any(entry.experiment == letter for entry, _ in known)]
    styles = role_styles()
    legend = [
        *model_handles(styles),
        Line2D([], [], color=GREY, marker="o", fillstyle="none", linestyle="", label="paper"),
    ]
    warning = warning_of(measures, letters)
    height = 0.8 + 0.3 * len(letters)
    figure, axes = panels(1, 1, height, "Diving48: texture against shape", legend, NOTE, warning)
    panel = axes[0, 0]
    panel.axvline(50, color=GREY, linewidth=0.9, zorder=1)
    for role, style in styles.items():
        own = [(entry, estimate) for entry, estimate in known if entry.role == role]
        if own:
            mean = np.mean([share(estimate.value) for _, estimate in own])
            panel.axvline(mean, color=style.color, linestyle=style.linestyle, linewidth=0.9, alpha=0.7)
        for entry, estimate in own:
            place = letters.index(entry.experiment) + BESIDE * (list(styles).index(role) - 1)
            panel.hlines(place, share(estimate.low), share(estimate.high), color=style.color, linewidth=1.1)
            panel.plot(share(estimate.value), place, color=style.color, marker=style.marker)
            _draw_published(panel, place + BESIDE / 2, entry, style)
    panel.set_yticks(range(len(letters)), letters)
    panel.set_ylabel("experiment")
    panel.invert_yaxis()
    panel.set_xlabel("← shape    T ÷ (S1 + T), %    texture →")
    return figure


def _draw_published(panel: Axes, place: float, entry: Entry, style: ModelStyle) -> None:
    """Draw the paper's mark."""
    printed = published_ratios().set_index(["experiment", "model"])["T/S1"]
    if (entry.experiment, entry.role) in printed.index:
        value = share(cast(float, printed[entry.experiment, entry.role]))
        panel.plot(value, place, color=style.color, marker=style.marker, markersize=3, fillstyle="none", linestyle="")
