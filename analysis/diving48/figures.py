"""The Diving48 figures: 5 and 6, accuracy from source to target by experiment, and effective robustness."""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.special import expit, logit

from analysis.diving48.accuracies import curves_of
from analysis.diving48.curves.figure import draw_curves
from analysis.diving48.data.study import DivingStudy, display_domain
from analysis.diving48.effective import Cloud, cloud
from analysis.diving48.measures import Measures, all_measures
from analysis.plotting.canvas import CHANCE_LOOK, GREY, model_handles, panels
from analysis.plotting.style import ModelStyle, diving_styles, role_styles
from analysis.published.tables import published_ratios
from analysis.runs.load import V
from analysis.runs.matching import TOLERANCE
from analysis.runs.notes import completeness
from analysis.statistics.bootstrap import TAIL
from analysis.studies.videos import PAPER, PRIMARY
from xdomain.runs.run_folder import FINISHED
from xdomain.studies.diving48 import EXPERIMENTS, STUDY

FIGURE_OF = {"fig5": "abcd", "fig6": "efgh"}
MOST_TARGETS = 4  # panels side by side
DODGE = 0.24  # between models at one domain
BESIDE = 0.09  # from our mark to the paper's
StylesOf = Callable[[set[str]], dict[str, ModelStyle]]  # of models, by their names
PERCENTS = (0.5, 1, 2, 5, 10, 20, 50, 100)  # ticks of the logarithmic axis
TICKS = (0.01, 0.02, 0.03, 0.05, 0.07, *np.arange(0.1, 0.95, 0.05), 0.95, 0.98, 0.99)  # of the logit axes
MOST_TICKS = 8
BEYOND = 1.0  # logits beyond the points, where a band of few points may go on


def diving_figures(
    study: DivingStudy, tolerance: float = TOLERANCE
) -> dict[str, tuple[Callable[[], Figure | None], tuple[str, ...]]]:
    """Return, by file stem, what draws a figure, and the tables that its points are cells of."""
    figures: dict[str, tuple[Callable[[], Figure | None], tuple[str, ...]]] = {}
    for measures in all_measures(study, tolerance):
        setting = measures.setting
        for name, letters in FIGURE_OF.items():
            figures[name + setting.suffix] = (partial(drops, measures, letters), (f"accuracies{setting.suffix}",))
        tables = (f"effective-lines{setting.suffix}", f"effective-matched{setting.suffix}")
        figures[f"effective{setting.suffix}"] = (partial(effective, measures), tables)
        if study.curves:
            figures[f"corruptions{setting.suffix}"] = (
                partial(corruptions, measures),
                (f"corruptions{setting.suffix}",),
            )
    return figures


def drops(measures: Measures, letters: str) -> Figure | None:
    """Draw Figs. 5 (a to d) and 6 (e to h): accuracy in percent by domain, a panel per experiment."""
    domains = [V, *measures.study.domains(measures.setting)]
    if not any(entry.experiment in letters for entry in measures.matched):
        return None
    styles = role_styles()
    legend = [
        *model_handles(styles),
        Line2D([], [], color=GREY, marker="_", linestyle="", markersize=7, label="as published"),
        Line2D([], [], label=f"commonest class ({100 * measures.study.chance:.1f} %)", **CHANCE_LOOK),
    ]
    figure, axes = panels(
        2,
        2,
        4.6,
        f"Diving48: accuracy from source to target, experiments {letters[0]}–{letters[-1]}",
        legend,
        "V: validation clips at the matched checkpoint. O: unmodified test clips; I′: those through the domains' "
        "resize and codec; S1, S2: divers or their boxes over a blurred background; T: boxes masked. Bars: 95 % "
        "bootstrap intervals over source videos and seeds. Short lines: the paper's accuracy, its ratio × the level.",
        warning_of(measures, letters),
    )
    seen = [100 * measures.study.chance]
    for letter, panel in zip(letters, axes.flat, strict=True):
        seen += _draw_drops(panel, measures, letter, domains, styles)
        panel.set_yscale("log", nonpositive="clip")
        panel.set_yticks(PERCENTS, [f"{tick:g}" for tick in PERCENTS])
        panel.minorticks_off()
        panel.set_title(f"({letter}) matched at {100 * EXPERIMENTS[letter].level:g} % validation accuracy")
    for panel in axes[:, 0]:
        panel.set_ylabel("accuracy (%), log scale")
    lowest, highest = np.nanmin(seen), np.nanmax(seen)
    axes[0, 0].set_ylim(max(lowest / 1.4, PERCENTS[0]), min(1.3 * highest, 100))  # of all panels: they share the axis
    return figure


def _draw_drops(
    panel: Axes, measures: Measures, letter: str, domains: list[str], styles: dict[str, ModelStyle]
) -> list[float]:
    """Draw a panel and return the percentages in it."""
    seen: list[float] = []
    published = published_ratios().query("experiment == @letter").set_index("model")
    panel.axhline(100 * measures.study.chance, **CHANCE_LOOK)
    for entry in (entry for entry in measures.entries if entry.experiment == letter):
        style = styles[entry.role]
        shift = DODGE * (list(styles).index(entry.role) - 1)
        for domain in PRIMARY:
            value = 100 * EXPERIMENTS[letter].level * cast(float, published.at[entry.role, f"{domain}/V"])
            panel.plot(domains.index(domain) + shift + BESIDE, value, "_", color=style.color, markersize=5)
        estimates = [measures.accuracy(entry, domain).estimate() for domain in domains]
        values, low, high = (100 * np.array([getattr(e, name) for e in estimates]) for name in ("value", "low", "high"))
        positions = np.arange(len(domains)) + shift
        panel.plot(positions, values, color=style.color, marker=style.marker, linestyle=style.linestyle)
        panel.vlines(positions, low, high, color=style.color, linewidth=0.9)
        seen += [number for number in (*values, *low, *high) if number > 0]
    panel.set_xticks(range(len(domains)), [display_domain(name) for name in domains])
    return seen


def effective(measures: Measures, styles_of: StylesOf = diving_styles) -> Figure | None:
    """Draw accuracy in each domain against accuracy on I′, every kept checkpoint, on logit axes."""
    shown, reference = measures.design.primary[:MOST_TARGETS], display_domain(measures.design.reference)
    clouds = {target: points for target in shown if (points := cloud(measures, target))}
    if not clouds:
        return None
    styles = styles_of({name for points in clouds.values() for name in points.models})
    legend = [
        *model_handles(styles),
        Line2D([], [], color=GREY, label="all models, 95 % band"),
        Line2D([], [], color=GREY, linewidth=0.9, linestyle=":", label="no drop"),
        Line2D([], [], label="commonest class", **CHANCE_LOOK),
    ]
    figure, axes = panels(
        1,
        len(clouds),
        2.7,
        f"{measures.design.title}: effective robustness over all kept checkpoints",
        legend,
        f"A point is one checkpoint; both axes are logits. Thin lines: logit A_D = α + β · logit A_{reference} with a "
        "slope for all and an intercept per model; a model above the grey line keeps more than the others at equal "
        "accuracy. Band: bootstrap over source videos.",
        warning_of(measures, ""),
        legend_columns=3,
    )
    for (target, points), panel in zip(clouds.items(), axes[0], strict=True):
        _draw_cloud(panel, points, styles, measures.study.chance)
        panel.set_title(f"({'abcd'[shown.index(target)]}) {reference} → {target}")
        panel.set_xlabel(f"accuracy on {reference} (%)")
        _percent_axis(panel.set_xticks, panel.get_xlim(), panel.set_xlim)
    axes[0, 0].set_ylabel("accuracy in the domain (%)")
    seen = np.concatenate([[logit(measures.study.chance)], *(points.y for points in clouds.values())])
    low, high = axes[0, 0].get_ylim()  # of all panels, once all are drawn
    limits = max(low, seen.min() - BEYOND), min(high, seen.max() + BEYOND)
    _percent_axis(axes[0, 0].set_yticks, limits, axes[0, 0].set_ylim)
    return figure


def corruptions(measures: Measures) -> Figure | None:
    """Draw accuracy against the severity of every corruption."""
    return draw_curves(curves_of(measures), measures.design.title, measures.study.chance, warning_of(measures, ""))


def _draw_cloud(panel: Axes, points: Cloud, styles: dict[str, ModelStyle], chance: float) -> None:
    """Draw points and lines in logits; ticks say percent."""
    across = np.linspace(points.x.min() - 0.15, points.x.max() + 0.15, 30)
    drawn = points.drawn.common[:, None] + points.drawn.slope[:, None] * across  # (draws, 30)
    low, high = np.nanquantile(drawn, [TAIL, 1 - TAIL], axis=0)
    panel.fill_between(across, low, high, color=GREY, alpha=0.13, linewidth=0)
    panel.plot(across, points.lines.common + points.lines.slope * across, color=GREY)
    panel.plot(across, across, color=GREY, linewidth=0.9, linestyle=":")
    panel.axhline(logit(chance), **CHANCE_LOOK)
    for m, name in enumerate(points.models):
        style, own = styles[name], points.model == m
        look: dict[str, Any] = {"color": style.color, "linestyle": style.linestyle}
        panel.plot(
            points.x[own],
            points.y[own],
            color=style.color,
            marker=style.marker,
            linestyle="",
            fillstyle=style.fillstyle,
        )
        ends = np.array([points.x[own].min(), points.x[own].max()])
        panel.plot(ends, points.lines.intercepts[m] + points.lines.slope * ends, linewidth=0.8, **look)


def _percent_axis(set_ticks: Callable, limits: tuple[float, float], set_limits: Callable) -> None:
    low, high = expit(np.array(limits))
    ticks = [tick for tick in TICKS if low <= tick <= high]
    apart = (limits[1] - limits[0]) / MOST_TICKS
    kept: list[float] = []
    for tick in ticks:
        if not kept or logit(tick) - logit(kept[-1]) >= apart:
            kept.append(tick)
    set_ticks(logit(kept), [f"{100 * tick:g}" for tick in kept])
    set_limits(*limits)


def warning_of(measures: Measures, letters: Collection[str]) -> str:
    """Say what a figure of these experiments lacks, and what makes its runs differ; often nothing."""
    study = measures.study
    parts = [f"Study {study.key}, not the paper's recipe."] if study.design is PAPER and study.key != STUDY else []
    if not (study.runs["status"] == FINISHED).all():
        parts.append(f"INCOMPLETE: {completeness(study.runs)}.")
    lacking = [
        f"{e.experiment} {e.role}: {e.why}" for e in measures.entries if e.experiment in letters if not e.matches
    ]
    if lacking:
        parts.append(f"Not drawn: {'; '.join(lacking)}.")
    absent = [
        name
        for name in measures.study.domains(measures.setting)
        if not any(measures.study.answers(run, name, measures.setting) for run in study.checkpoints)
    ]
    if absent:
        parts.append(f"Not evaluated: {', '.join(map(display_domain, absent))}.")
    if measures.setting.suffix:
        parts.append(measures.setting.text)
    return " ".join([*parts, *study.problems])
