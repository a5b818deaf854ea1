"""Learning curves: validation accuracy by epoch of every run that has begun, from its metrics.csv."""

import csv
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from analysis.plotting.canvas import panels
from analysis.plotting.style import DOMAIN_NAMES
from analysis.report.studies import Reported
from xdomain.core.errors import UserError
from xdomain.models import display_name
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.spec import RunSpec

COLUMNS = 4  # panels in a row
POINTS = 60  # of a drawn curve; a longer run shows every k-th epoch
DARKEST, LIGHTEST = 0.0, 0.75  # of the colour map, which ends too pale for a white ground


def learning_curves(study: Reported) -> Figure | None:
    """Draw a panel per source and model, a line per run; colour is the number of hidden units."""
    curves = {spec: read for spec, _ in study.runs if not spec.is_evaluation and len(read := _validation(spec))}
    if not curves:
        return None
    places = list(dict.fromkeys((spec.source, spec.model.key) for spec in curves))
    sizes = sorted({spec.model.hidden for spec in curves})
    shades = mpl.colormaps["viridis"](np.linspace(DARKEST, LIGHTEST, len(sizes)))
    colors = dict(zip(sizes, shades, strict=True))
    columns = min(COLUMNS, len(places))
    rows = -(-len(places) // columns)
    figure, axes = panels(
        rows,
        columns,
        0.3 + 1.6 * rows,
        f"{study.title}: learning curves",
        [Line2D([], [], color=colors[size], label=f"h = {size}") for size in sizes],
        f"Validation accuracy by epoch, a line for each of {len(curves)} runs, unfinished ones too; h: hidden units. "
        f"Of a run longer than {POINTS} epochs only every k-th epoch and the last are drawn.",
        "",
    )
    for (source, model), panel in zip(places, axes.flat, strict=False):
        panel.set_title(f"{DOMAIN_NAMES.get(source, source)}: {display_name(model)}")
        for spec, accuracy in curves.items():
            if (spec.source, spec.model.key) == (source, model):
                epochs = _thinned(len(accuracy))
                look = {"linewidth": 0.7, "alpha": 0.75, "marker": "." if len(accuracy) == 1 else ""}
                panel.plot(epochs, 100 * accuracy[epochs], color=colors[spec.model.hidden], **look)
        panel.set_ylim(0, 102)
    for panel in axes.flat[len(places) :]:
        panel.set_visible(False)
    for panel in axes.flat[max(0, len(places) - columns) : len(places)]:
        panel.set_xlabel("epoch")
        panel.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    for panel in axes[:, 0]:
        panel.set_ylabel("validation\naccuracy (%)")
    return figure


def _thinned(length: int) -> np.ndarray:
    """Choose which epochs of so many are drawn."""
    step = -(-length // POINTS)
    return np.unique([*range(0, length, step), length - 1])


def _validation(spec: RunSpec) -> np.ndarray:
    """Read the (epochs,) validation accuracy; empty before the first epoch has ended."""
    file: Path = RunFolder.of(spec).metrics_file
    if not file.exists():
        return np.empty(0)
    with file.open(newline="", encoding="utf-8") as lines:
        try:
            return np.array([float(row["val_acc"]) for row in csv.DictReader(lines)])
        except (KeyError, TypeError, ValueError, csv.Error) as error:
            raise UserError(
                f"{file} has no readable column val_acc ({error!r}). Move it away: the report needs it for the "
                "learning curves only."
            ) from error
