"""Performance profiles: the share of a model's runs that are better than any accuracy (Agarwal et al. 2021)."""

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.plotting.canvas import model_handles, panels
from analysis.plotting.style import DOMAIN_NAMES, ModelStyle, model_styles, targets_by_distance
from analysis.runs.load import Study
from analysis.statistics.bootstrap import TAIL
from analysis.temporal_shape.figures import warning_of
from analysis.temporal_shape.grid import GridCell, grid_cell
from xdomain.studies.temporal_shape import SOURCES

LEVELS = np.linspace(0, 1, 101)  # accuracies
NOTE = (
    "Share of the runs, over sizes and seeds, that are more accurate than the x axis says; a curve that lies above "
    "another everywhere is better at every level, not on average only. Bands: 95 % of draws of seeds within each size."
)


def profiles(study: Study) -> Figure | None:
    """Draw the share of runs above each accuracy: a row for each direction, a panel for each target."""
    models = study.runs["model"].unique()
    cells = {s: [cell for name in models if (cell := grid_cell(study, s, name))] for s in SOURCES}
    cells = {source: found for source, found in cells.items() if found}
    if not cells:
        return None
    styles = model_styles([cell.model for found in cells.values() for cell in found])
    styles = {name: replace(style, marker="") for name, style in styles.items()}  # steps of a curve have none
    warning = warning_of(study, SOURCES, list(cells))
    title = "Temporal Shape: performance profiles"
    figure, axes = panels(len(cells), 3, 2.0 * len(cells), title, model_handles(styles), NOTE, warning)
    for (source, found), line in zip(cells.items(), axes, strict=True):
        for target, panel in zip(targets_by_distance(source, study.accuracies["domain"]), line, strict=False):
            for cell in found:
                _draw(panel, cell, target, styles[cell.model])
            panel.set_title(f"{DOMAIN_NAMES[source]} → {DOMAIN_NAMES[target]}")
            panel.set_xlim(0, 100)
        line[0].set_ylabel("share of runs (%)")
    for panel in axes[-1]:
        panel.set_xlabel("accuracy above (%)")
    return figure


def profile(cell: GridCell, target: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (101,) shares of the runs above each level, and the bounds of their 95 % interval."""
    values = cell.wide[target].to_numpy(float)
    usable = np.isfinite(values)
    above = values[usable, None] > LEVELS  # (N, levels)
    weights = cell.weights(usable)
    drawn = weights @ above.astype(np.float32) / weights.sum(axis=1, keepdims=True)
    low, high = np.quantile(drawn, [TAIL, 1 - TAIL], axis=0)
    return above.mean(axis=0), low, high


def _draw(panel: Axes, cell: GridCell, target: str, style: ModelStyle) -> None:
    if target not in cell.wide or cell.wide[target].isna().all():
        return
    share, low, high = (100 * each for each in profile(cell, target))
    panel.plot(100 * LEVELS, share, color=style.color, linestyle=style.linestyle, drawstyle="steps-post")
    panel.fill_between(100 * LEVELS, low, high, color=style.color, alpha=0.15, linewidth=0, step="post")
