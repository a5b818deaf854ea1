"""The figures of a study that one file describes: accuracy by domain, effective robustness, curves."""

from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.diving48.data.study import DivingStudy, display_domain
from analysis.diving48.figures import DODGE, corruptions, effective, warning_of
from analysis.diving48.measures import Measures, all_measures
from analysis.own.tables import level_text
from analysis.plotting.canvas import CHANCE_LOOK, model_handles, panels
from analysis.plotting.style import ModelStyle, diving_styles, styles_of_roles
from analysis.runs.load import V
from analysis.studies.base import Figures
from analysis.studies.videos import Design

COLUMNS = 2
HEIGHT = 2.3  # inches, a row of panels


def own_figures(study: DivingStudy, tolerance: float) -> Figures:
    """Return, by file stem, what draws a figure, and the tables that its points are cells of."""
    figures: Figures = {}
    for measures in all_measures(study, tolerance):
        suffix = measures.setting.suffix
        figures[f"accuracies{suffix}"] = (partial(accuracies, measures), (f"accuracies{suffix}",))
        if measures.design.primary:
            tables = (f"effective-lines{suffix}", f"effective-matched{suffix}")
            figures[f"effective{suffix}"] = (
                partial(effective, measures, partial(styles_of_models, measures.design)),
                tables,
            )
        if study.curves:
            figures[f"corruptions{suffix}"] = (partial(corruptions, measures), (f"corruptions{suffix}",))
    return figures


def styles_of_models(design: Design, names: set[str]) -> dict[str, ModelStyle]:
    """Give models the looks of their roles, where every model has one role and every role one model."""
    played = {(name, role) for one in design.experiments.values() for role, name in one.models.items()}
    role_of = {name: role for name, role in played if name in names}
    if not len(played) == len(dict(played)) == len({role for _, role in played}) or names - role_of.keys():
        return diving_styles(names)
    roles = styles_of_roles(design.roles)
    return {name: roles[role_of[name]] for name in sorted(names)}


def accuracies(measures: Measures) -> Figure | None:
    """Draw accuracy in percent by domain, a panel per experiment."""
    letters = [letter for letter in measures.design.experiments if letter in {e.experiment for e in measures.matched}]
    if not letters:
        return None
    styles = styles_of_roles(measures.design.roles)
    chance = Line2D([], [], label=f"commonest class ({100 * measures.study.chance:.1f} %)", **CHANCE_LOOK)
    rows = -(-len(letters) // COLUMNS)
    figure, axes = panels(
        rows,
        min(COLUMNS, len(letters)),
        HEIGHT * rows,
        f"{measures.design.title}: accuracy from source to target",
        [*model_handles(styles), chance],
        "V: validation clips at the matched checkpoint; O: unmodified test clips. Bars: 95 % bootstrap intervals over "
        "source videos and seeds.",
        warning_of(measures, letters),
    )
    for letter, panel in zip(letters, axes.flat, strict=False):
        _draw(panel, measures, letter, styles)
        panel.set_title(f"{letter}: {level_text(measures.design.experiments[letter].level)}")
    for panel in axes.flat[len(letters) :]:
        panel.set_visible(False)
    for panel in axes[:, 0]:
        panel.set_ylabel("accuracy (%)")
    axes[0, 0].set_ylim(bottom=0)  # of all panels: they share the axis
    return figure


def _draw(panel: Axes, measures: Measures, letter: str, styles: dict[str, ModelStyle]) -> None:
    domains = [V, *measures.study.domains(measures.setting)]
    panel.axhline(100 * measures.study.chance, **CHANCE_LOOK)
    for entry in (entry for entry in measures.entries if entry.experiment == letter):
        style = styles[entry.role]
        shift = DODGE * (list(styles).index(entry.role) / max(1, len(styles) - 1) - 0.5)
        estimates = [measures.accuracy(entry, domain).estimate() for domain in domains]
        values, low, high = (100 * np.array([getattr(e, name) for e in estimates]) for name in ("value", "low", "high"))
        positions = np.arange(len(domains)) + shift
        panel.plot(positions, values, color=style.color, marker=style.marker, linestyle=style.linestyle)
        panel.vlines(positions, low, high, color=style.color, linewidth=0.9)
    panel.set_xticks(range(len(domains)), [display_domain(name) for name in domains])
