"""The figure of the specification curve: the contrast above, the choices that made it below."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.diving48.data.study import DivingStudy
from analysis.diving48.figures import warning_of
from analysis.diving48.measures import all_measures
from analysis.diving48.sensitivity.specifications import CHOICES, Specification, specifications
from analysis.plotting.canvas import GREY, MARGIN, SMALLEST, WIDTH, wrapped
from analysis.plotting.canvas import LINE as NOTE_LINE
from analysis.plotting.style import role_styles
from analysis.studies.videos import PRIMARY
from xdomain.studies.diving48 import ROLES

COMPARISON = f"{ROLES[1]} − {ROLES[0]}"  # of the models whose marginal intervals overlap
TITLES = {"split": "split", "masks": "masks", "below": "divided by", "tolerance": "tolerance", "mean": "averaged"}
LINE = 0.15  # inches of a choice
NOTE = (
    "Δ: ln of the averaged robustness ratio of the ConvLSTM ÷ that of the 3D CNN; above 0 it keeps more. "
    "Bars: 95 % intervals over source videos and seeds; filled: 0 lies outside. Below: the choices of each estimate."
)


def curve(study: DivingStudy, tolerance: float) -> Figure | None:
    """Draw the contrast of ConvLSTM and 3D CNN under every choice, sorted, a panel per domain."""
    found = [s for s in specifications(study, tolerance) if s.comparison == COMPARISON and np.isfinite(s.delta.value)]
    domains = [domain for domain in PRIMARY if any(s.domain == domain for s in found)]
    if not domains:
        return None
    options = [(key, value) for key in CHOICES for value in dict.fromkeys(s.choices[key] for s in found)]
    heights = [2.0, LINE * len(options)]
    warning = warning_of(all_measures(study, tolerance)[0], "")
    note = wrapped(f"{NOTE} {warning}")
    foot = 0.1 + NOTE_LINE * len(note)
    figure = Figure(figsize=(WIDTH, sum(heights) + foot + 0.8), layout="constrained")
    halves: Any = figure.subfigures(2, 1, height_ratios=[sum(heights) + 0.8, foot], hspace=0)
    upper, lower = halves
    upper.suptitle(f"Diving48: {COMPARISON} under every choice", fontsize=9.5, fontweight="bold")
    look: dict[str, Any] = {"fontsize": SMALLEST, "va": "bottom", "linespacing": 1.3, "color": "#333333"}
    lower.text(MARGIN / WIDTH, 0.05 / foot, "\n".join(note), **look)
    axes = upper.subplots(2, len(domains), sharex="col", sharey="row", squeeze=False, height_ratios=heights)
    for column, domain in enumerate(domains):
        own = sorted((s for s in found if s.domain == domain), key=lambda s: s.delta.value)
        _draw_estimates(axes[0, column], own)
        _draw_choices(axes[1, column], own, options)
        axes[0, column].set_title(f"({'abc'[column]}) {domain}")
        axes[1, column].set_xlabel(f"{len(own)} specifications")
    axes[0, 0].set_ylabel("Δ")
    axes[1, 0].set_yticks(range(len(options)), [f"{TITLES[key]}: {value}" for key, value in options])
    axes[1, 0].invert_yaxis()
    return figure


def _draw_estimates(panel: Axes, own: list[Specification]) -> None:
    place = np.arange(len(own))
    values, low, high = (np.array([getattr(s.delta, name) for s in own]) for name in ("value", "low", "high"))
    apart = (low > 0) | (high < 0)
    color = role_styles()[ROLES[1]].color
    panel.axhline(0, color=GREY, linewidth=0.9)
    panel.vlines(place, low, high, color=GREY, linewidth=0.6)
    look: dict[str, Any] = {"linestyle": "", "marker": "o", "markersize": 2.6, "color": color}
    panel.plot(place[apart], values[apart], **look)
    panel.plot(place[~apart], values[~apart], **look, fillstyle="none")


def _draw_choices(panel: Axes, own: list[Specification], options: list[tuple[str, str]]) -> None:
    for line, (key, value) in enumerate(options):
        place = [i for i, s in enumerate(own) if s.choices[key] == value]
        panel.plot(place, [line] * len(place), "|", color="#222222", markersize=4, markeredgewidth=0.7)
    panel.grid(visible=False)
    panel.set_xticks([])
