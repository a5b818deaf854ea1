"""The figures of the Temporal Shape study, numbered as in the paper: 3, 4, 7, 8 and 9."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.plotting.canvas import CHANCE_LOOK, GREY, draw_line, label_ends, model_handles, panels
from analysis.plotting.style import DOMAIN_NAMES, ModelStyle, model_styles, targets_by_distance
from analysis.runs.load import Study, V
from analysis.runs.notes import completeness
from analysis.temporal_shape.bands import BAND, with_intervals
from analysis.temporal_shape.crossed import highest_floor
from analysis.temporal_shape.measures import (
    accuracy_by_size,
    average_accuracy,
    outcomes,
    robustness_by_size,
    robustness_ratios,
)
from xdomain.runs.run_folder import FINISHED
from xdomain.studies.temporal_shape import SOURCES, STUDY

NO_RATIO = "timesformer-1"  # the paper draws no ratios of it, for its near-chance validation accuracy
DODGE = 0.05  # between models at one domain, so that equal lines are seen
LABEL_GAP = 6.3  # percent, between names at the ends of lines
LAST_MARKER = 0.04  # room for it between its domain and the panel's end
COLUMNS = 5  # panels in a row of Figs. 7 and 8


def accuracy_by_domain(study: Study) -> Figure | None:
    """Draw Fig. 3: accuracy in percent by domain, a panel per direction, averaged over sizes and seeds.

    The band is what appendix A calls it, a standard error; the other figures have 95 % intervals.
    """
    frame = average_accuracy(outcomes(study)).query("n > 0")
    sources = [source for source in SOURCES if source in set(frame["source"])]
    if not sources:
        return None
    frame = frame[frame["source"].isin(sources)]
    error = frame["sd"] / frame["n"] ** 0.5
    frame = frame.assign(low=frame["mean"] - error, high=frame["mean"] + error)
    styles = model_styles(frame["model"])
    figure, axes = panels(
        1,
        len(sources),
        2.6,
        "Temporal Shape: accuracy averaged over model sizes",
        [*model_handles(styles), _chance_handle(study)],
        "Mean over sizes and seeds; band: ± one standard error over those n runs pooled (sample standard deviation "
        "÷ √n), as the paper's appendix A calls it. V: validation clips of the domain trained on; the other domains "
        "were never trained on.",
        warning_of(study, SOURCES, sources),
    )
    for letter, source, panel in zip("ab", sources, axes[0], strict=False):
        _draw_domains(panel, frame[frame["source"] == source], source, styles, highest_floor(study), named=True)
        panel.set_title(f"({letter}) trained on {DOMAIN_NAMES[source]}")
        panel.set_xlabel("evaluated on (farther from the source →)")
    axes[0, 0].set_ylabel("accuracy (%)")
    return figure


def accuracy_by_domain_and_size(study: Study, source: str) -> Figure | None:
    """Draw Figs. 7 (trained on 2Dot) and 8 (on MNIST-bg): the same, a panel per number of hidden units."""
    frame = with_intervals(study, accuracy_by_size(outcomes(study)).query("n > 0 and source == @source"))
    sizes = sorted(set(frame["hidden"]))
    if not sizes:
        return None
    styles = model_styles(frame["model"])
    rows = -(-len(sizes) // COLUMNS)
    columns = -(-len(sizes) // rows)
    figure, axes = panels(
        rows,
        columns,
        0.5 + 1.45 * rows,
        f"Temporal Shape, trained on {DOMAIN_NAMES[source]}: accuracy by model size",
        [*model_handles(styles), _chance_handle(study)],
        f"Mean over seeds; {BAND}; h: hidden units per layer. V: validation "
        f"clips of {DOMAIN_NAMES[source]}; the other domains, farther to the right, were never trained on.",
        warning_of(study, (source,), [source]),
    )
    for i, (size, panel) in enumerate(zip(sizes, axes.flat, strict=False)):
        _draw_domains(panel, frame[frame["hidden"] == size], source, styles, highest_floor(study))
        panel.set_title(f"h = {size}")
        panel.tick_params(axis="x", labelbottom=i + columns >= len(sizes))  # the lowest of its column
        for label in panel.get_xticklabels():
            label.set(rotation=40, ha="right", rotation_mode="anchor")
    for panel in axes.flat[len(sizes) :]:
        panel.set_visible(False)
    for panel in axes[:, 0]:
        panel.set_ylabel("accuracy (%)")
    return figure


def robustness_by_hidden(study: Study, wanted: tuple[str, ...]) -> Figure | None:
    """Draw Figs. 4 (trained on 2Dot) and 9 (both directions, one row each): robustness ratio against size."""
    rows = outcomes(study)
    ratios = robustness_by_size(robustness_ratios(rows)).query("n > 0 and denominator == @V")
    frame = with_intervals(study, ratios[ratios["model"] != NO_RATIO], of_ratios=True)
    sources = [source for source in wanted if source in set(frame["source"])]
    if not sources:
        return None
    styles = model_styles(frame.loc[frame["source"].isin(sources), "model"])
    accuracy = accuracy_by_size(rows).query("n > 0 and domain == @V")
    note = (
        "Accuracy on the target ÷ best validation accuracy of the same run: mean of the runs' ratios over "
        f"seeds; {BAND}. Thin dotted: the ratio that guessing on the target "
        f"would make, {100 * highest_floor(study):.1f} % (the commonest class) ÷ mean validation accuracy."
    )
    if len(frame) < len(ratios):
        note += " TimeSformer-1 is left out, as in the paper, for its near-chance validation accuracy."
    legend = [
        *model_handles(styles),
        Line2D([], [], color=GREY, linewidth=0.9, label="no drop"),
        Line2D([], [], color=GREY, linewidth=0.9, linestyle=":", marker="_", label="guessing"),
    ]
    title = "Temporal Shape: robustness ratio by model size"
    warning = warning_of(study, wanted, sources)
    figure, axes = panels(len(sources), 3, 2.0 * len(sources), title, legend, note, warning)
    letters = iter("abcdef")
    for source, line in zip(sources, axes, strict=True):
        points = frame[frame["source"] == source]
        chance = accuracy[accuracy["source"] == source]
        for target, panel in zip(targets_by_distance(source, points["domain"]), line, strict=False):
            _draw_ratios(panel, points[points["domain"] == target], chance, styles, highest_floor(study))
            panel.set_title(f"({next(letters)}) {DOMAIN_NAMES[source]} → {DOMAIN_NAMES[target]}")
        line[0].set_ylabel("robustness ratio")
    sizes = set(study.runs.loc[study.runs["model"] != NO_RATIO, "hidden"])  # also those whose runs are to come
    for panel in axes.flat:
        _size_axis(panel, sizes)
    for panel in axes[-1]:
        panel.set_xlabel("hidden units per layer, h")
    axes[0, 0].set_ylim(bottom=0)  # of all panels: they share the axis
    return figure


# By file stem: what draws it, and the tables that its points are cells of.
FIGURES: dict[str, tuple[Callable[[Study], Figure | None], tuple[str, ...]]] = {
    "fig3": (accuracy_by_domain, ("accuracy-average",)),
    "fig4": (partial(robustness_by_hidden, wanted=SOURCES[:1]), ("robustness-by-size-2dot",)),
    "fig7": (partial(accuracy_by_domain_and_size, source="2dot"), ("accuracy-by-size-2dot",)),
    "fig8": (partial(accuracy_by_domain_and_size, source="mnist-bg"), ("accuracy-by-size-mnist-bg",)),
    "fig9": (
        partial(robustness_by_hidden, wanted=SOURCES),
        ("robustness-by-size-2dot", "robustness-by-size-mnist-bg"),
    ),
}


def _draw_domains(
    panel: Axes, frame: pd.DataFrame, source: str, styles: dict[str, ModelStyle], floor: float, named: bool = False
) -> None:
    """Draw a line per model over V and the targets, nearest first, with its name at the end where there is room.

    The held-out set is in the tables only.
    """
    domains = [V, *targets_by_distance(source, frame["domain"])]
    ends = []
    panel.axhline(100 * floor, **CHANCE_LOOK)
    for model, style in styles.items():
        points = frame[frame["model"] == model].set_index("domain").reindex(domains)
        place = np.arange(len(domains)) + DODGE * (list(styles).index(model) - (len(styles) - 1) / 2)
        mean, low, high = (100 * points[name] for name in ("mean", "low", "high"))
        draw_line(panel, place, mean, low, high, style)
        if len(points["mean"].dropna()):
            ends.append((float(place[-1]), float(100 * points["mean"].dropna().iloc[-1]), style))
    if named:
        label_ends(panel, ends, LABEL_GAP)
        panel.set_xlim(right=max(x for x, _, _ in ends) + LAST_MARKER)  # no line of the panel runs through a name
    panel.set_xticks(range(len(domains)), [DOMAIN_NAMES[name] for name in domains])
    panel.set_ylim(0, 102)
    panel.set_yticks(range(0, 101, 20))


def _draw_ratios(
    panel: Axes, frame: pd.DataFrame, accuracy: pd.DataFrame, styles: dict[str, ModelStyle], floor: float
) -> None:
    """Draw a line per model over the sizes, and its floor: a weak model's ratio is near 1 even when it guesses."""
    panel.axhline(1, color=GREY, linewidth=0.9, zorder=1)
    for model, style in styles.items():
        points, below = frame[frame["model"] == model], accuracy[accuracy["model"] == model]
        draw_line(panel, points["hidden"], points["mean"], points["low"], points["high"], style)
        # The marker shows a floor of a single size, which makes no line.
        look: dict[str, Any] = {"color": style.color, "linewidth": 0.9, "linestyle": ":", "marker": "_"}
        panel.plot(below["hidden"], floor / below["mean"], **look)


def _size_axis(panel: Axes, sizes: set[int]) -> None:
    """Make a logarithmic axis over the grid's sizes; only some are labelled, since 8, 10 and 12 would collide."""
    ticks = [size for size in sorted(sizes) if size.bit_count() == 1 or size in (min(sizes), max(sizes))]
    panel.set_xscale("log", base=2)
    panel.set_xticks(ticks, [str(size) for size in ticks])
    panel.set_xlim(min(sizes) / 1.2, max(sizes) * 1.2)


def _chance_handle(study: Study) -> Line2D:
    return Line2D([], [], label=f"commonest class ({100 * highest_floor(study):.1f} %)", **CHANCE_LOOK)


def warning_of(study: Study, wanted: tuple[str, ...], drawn: list[str]) -> str:
    """Say what the figure lacks of its grid, and what makes its runs differ; often nothing."""
    runs = study.runs[study.runs["source"].isin(wanted)]
    parts = []
    if study.key != STUDY:
        parts.append(f"Study {study.key}, not the paper's recipe.")
    if not (runs["status"] == FINISHED).all():
        parts.append(f"INCOMPLETE: {completeness(runs)}.")
    parts += [f"No finished run was trained on {DOMAIN_NAMES[source]}." for source in wanted if source not in drawn]
    return " ".join([*parts, *study.problems])
