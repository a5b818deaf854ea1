"""Accuracy against the severity of a corruption, as a figure."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.diving48.curves.table import Curve
from analysis.plotting.canvas import CHANCE_LOOK, model_handles, panels
from analysis.plotting.style import styles_of_roles
from xdomain.domains.registry import SEVERITIES


def draw_curves(curves: list[Curve], title: str, chance: float, warning: str) -> Figure | None:
    """Draw accuracy in percent over severities: a row per experiment, a panel per corruption, a line per model.

    `title` is the study's.
    """
    drawn = [curve for curve in curves if any(not accuracy.why for accuracy in curve.accuracy.values())]
    if not drawn:
        return None
    styles = styles_of_roles(dict.fromkeys(curve.role for curve in drawn))
    letters = list(dict.fromkeys(curve.experiment for curve in drawn))
    corruptions = list(dict.fromkeys(curve.corruption for curve in drawn))
    figure, axes = panels(
        len(letters),
        len(corruptions),
        0.4 + 1.5 * len(letters),
        f"{title}: accuracy by severity of a corruption",
        [*model_handles(styles), Line2D([], [], label=f"commonest class ({100 * chance:.1f} %)", **CHANCE_LOOK)],
        "Matched checkpoints; severity 0 is the unmodified test clips (O). Bars: 95 % bootstrap intervals over source "
        "videos and seeds.",
        warning,
    )
    for line, letter in zip(axes, letters, strict=True):
        for panel, corruption in zip(line, corruptions, strict=True):
            panel.axhline(100 * chance, **CHANCE_LOOK)
            panel.set_title(f"({letter}) {corruption}")
            panel.set_xticks([0, *SEVERITIES])
            for curve in drawn:
                if (curve.experiment, curve.corruption) == (letter, corruption):
                    style, at = styles[curve.role], list(curve.accuracy)
                    values, low, high = (
                        100 * np.array([getattr(accuracy, name) for accuracy in curve.accuracy.values()])
                        for name in ("value", "low", "high")
                    )
                    panel.plot(at, values, color=style.color, marker=style.marker, linestyle=style.linestyle)
                    panel.vlines(at, low, high, color=style.color, linewidth=0.9)
        line[0].set_ylabel("accuracy (%)")
    for panel in axes[-1]:
        panel.set_xlabel("severity")
    axes[0, 0].set_ylim(bottom=0)  # of all panels: they share the axis
    return figure
