"""Every two Temporal Shape models against each other, over the sizes that both have: differences with intervals."""

from collections.abc import Callable
from functools import cache, partial
from itertools import combinations
from typing import Any

import numpy as np

from analysis.plotting.style import DOMAIN_NAMES, ordered_domains, ordered_models
from analysis.runs.load import Study, V
from analysis.statistics.crossed import crossed_interval
from analysis.statistics.iqm import interquartile_mean
from analysis.statistics.ratios import above_chance, accuracy_interval, divide, lies_above
from analysis.table.tables import Column, Estimate, Table, with_needs
from analysis.temporal_shape.crossed import floor_text, floors
from analysis.temporal_shape.grid import GridCell, grid_cell
from analysis.temporal_shape.statistics import interval_notes
from xdomain.models import display_name
from xdomain.studies.temporal_shape import SOURCES


def contrasts(study: Study) -> Table:
    """Subtract interquartile means: of the accuracy in each domain, of the robustness ratio bare and above chance."""
    rows = list[dict[str, Any]]()
    drawn = cache(partial(_drawn, study, floors(study)))  # a model stands in several pairs
    for source in SOURCES:
        models = ordered_models(study.runs.loc[study.runs["source"] == source, "model"])
        cells = [cell for model in models if (cell := grid_cell(study, source, model))]
        for first, second in combinations(cells, 2):
            shared = np.intersect1d(first.wide["hidden"], second.wide["hidden"])
            if len(shared):
                rows += _pair(study, drawn, first.of_sizes(shared), second.of_sizes(shared), len(shared))
    return Table(
        "contrasts",
        "Temporal Shape: two models against each other, difference of interquartile means",
        (
            Column("source", "Trained on", DOMAIN_NAMES.__getitem__),
            Column("comparison", "Comparison"),
            Column("domain", "Domain", DOMAIN_NAMES.__getitem__),
            Column("accuracy", "Accuracy (points)", lambda value: f"{100 * value:+.1f}"),
            Column("bare", "A_t/A_s", "{:+.3f}".format),
            Column("corrected", "(A_t − c)/(A_s − c)", "{:+.3f}".format),
            Column("sizes", "Sizes"),
        ),
        tuple(rows),
        (
            "First minus second over the sizes that both have. Two intervals that overlap say nothing of this one.",
            f"A_s: accuracy on the held-out set of the domain trained on; c: share of the commonest class in the set, "
            f"{floor_text(study)} %. Runs whose 95 % interval of A_s − c is not above 0 are left out of what is above "
            "chance.",
            *interval_notes(study),
        ),
        ("source", "domain"),
        tuple(study.runs["id"]),
    )


Drawn = tuple[float, np.ndarray, tuple[str, ...], int]  # value, draws, runs, degrees of freedom


def _pair(
    study: Study, drawn: Callable[[GridCell, str, str], Drawn], first: GridCell, second: GridCell, sizes: int
) -> list[dict[str, Any]]:
    comparison = f"{display_name(first.model)} − {display_name(second.model)}"
    domains = ordered_domains(set(first.wide.columns) & set(second.wide.columns) & set(DOMAIN_NAMES))
    rows = []
    for domain in domains:
        row: dict[str, Any] = {"source": first.source, "comparison": comparison, "domain": domain, "sizes": sizes}
        for measure in ("accuracy",) if domain in (V, first.source) else ("accuracy", "bare", "corrected"):
            row[measure] = _difference(drawn(first, domain, measure), drawn(second, domain, measure))
        needs = study.runs[
            (study.runs["source"] == first.source) & study.runs["model"].isin([first.model, second.model])
        ]
        rows.append(with_needs(row, tuple(needs["id"])))
    return rows


def _drawn(study: Study, least: dict[tuple[str, str], float], cell: GridCell, domain: str, measure: str) -> Drawn:
    """Take the interquartile mean of a measure over the runs that have it, on drawn seeds and clips."""
    values, below = (cell.wide[name].to_numpy(float) for name in (domain, cell.source))
    drawn, usable = cell.drawn(domain), np.ones(len(values), bool)
    if measure == "bare":
        values, drawn, usable = divide(values, below), divide(drawn, cell.drawn(cell.source)), below > 0
    if measure == "corrected":
        clips = int(study.accuracies.loc[study.accuracies["domain"] == cell.source, "n_clips"].max())
        floor, floor_below = (np.array([least[run, name] for run in cell.wide["id"]]) for name in (domain, cell.source))
        usable = np.array(
            [lies_above(accuracy_interval(rate, clips), c) for rate, c in zip(below, floor_below, strict=True)]
        )
        values = above_chance(values, below, floor, floor_below)
        drawn = above_chance(drawn, cell.drawn(cell.source), floor, floor_below)
    if not usable.any():
        return float("nan"), np.empty(0), (), 0
    own = values[usable]
    value = float(interquartile_mean(own, np.ones((1, len(own))))[0])
    draws = interquartile_mean(drawn[:, usable], cell.weights(usable))
    return value, draws, tuple(cell.wide["id"][usable]), cell.freedom(usable)


def _difference(first: Drawn, second: Drawn) -> Estimate:
    if not (len(first[1]) and len(second[1])):
        return Estimate(float("nan"), why="no runs")
    bounds = crossed_interval(first[1] - second[1], min(first[3], second[3]))
    return Estimate(first[0] - second[0], *bounds, ids=first[2] + second[2])
