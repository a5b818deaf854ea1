"""Temporal Shape beyond the paper: interquartile means, P(X > Y) and chance-corrected ratios, with intervals.

Seeds are the replicates, sizes are not: intervals come from a bootstrap that draws seeds within each size, and clips,
which all runs share.
"""

from dataclasses import replace
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from analysis.content.finding import FLOORS
from analysis.plotting.style import DOMAIN_NAMES, ordered_domains, ordered_models, targets_by_distance
from analysis.runs.load import Study
from analysis.statistics.bootstrap import DRAWS
from analysis.statistics.crossed import LEAST_FREEDOM
from analysis.statistics.iqm import probability_of_improvement
from analysis.table.samples import CrossedSample
from analysis.table.tables import BOLD, RUNS, Column, Count, Estimate, Table, percent, ratio, with_needs
from analysis.temporal_shape.averages import ACCURACY, BARE, CORRECTED, average
from analysis.temporal_shape.crossed import floor_text, floors
from analysis.temporal_shape.grid import GridCell, grid_cell
from xdomain.models import display_name
from xdomain.studies.temporal_shape import CLASSES, SOURCES

SOURCE = Column("source", "Trained on", DOMAIN_NAMES.__getitem__)
MODEL = Column("model", "Model", display_name)
BOOTSTRAP = (
    f"[low, high]: 95 % interval of {DRAWS:,} draws of seeds within each size, crossed with draws of the clips, which "
    "all runs share; sizes are not drawn. For the few seeds of a size it has Student's t, with a degree of freedom for "
    "each seed beyond the first of a size."
)
TOO_FEW = (
    f"No interval: it takes {LEAST_FREEDOM} seeds beyond the first of their sizes (two sizes with three seeds each, or "
    "four with two); with fewer it would hold the truth less often than it says. More seeds make one."
)
IQM = (
    "Interquartile mean: the mean of the middle half of the runs over sizes and seeds, which few failed runs can move."
)


def statistics_tables(study: Study) -> list[Table]:
    """Make the tables of accuracy, robustness ratios and pairwise comparisons."""
    return [_accuracy(study), _robustness(study), _improvement(study)]


class Group(NamedTuple):
    """The runs of one model on one source."""

    source: str
    model: str
    cell: GridCell | None  # None where none of them finished
    runs: Count


def _groups(study: Study) -> list[Group]:
    groups = []
    for source in (name for name in SOURCES if (study.runs["source"] == name).any()):
        runs = study.runs[study.runs["source"] == source]
        for model in ordered_models(runs["model"]):
            cell = grid_cell(study, source, model)
            counted = Count(len(cell.wide) if cell else 0, int((runs["model"] == model).sum()))
            groups.append(Group(source, model, cell, counted))
    return groups


def _needs(study: Study, source: str, *models: str) -> tuple[str, ...]:
    """List the expected runs of some models on a source."""
    return tuple(study.runs.loc[(study.runs["source"] == source) & study.runs["model"].isin(models), "id"])


def interval_notes(study: Study) -> tuple[str, ...]:
    """Say what the intervals are over, and that there are none where seeds are too few."""
    few = any(group.cell and group.cell.freedom() < LEAST_FREEDOM for group in _groups(study))
    return (BOOTSTRAP, TOO_FEW) if few else (BOOTSTRAP,)


def _accuracy(study: Study) -> Table:
    rows, least = list[dict[str, Any]](), floors(study)
    domains = ordered_domains(study.accuracies["domain"])
    for source, model, cell, runs in _groups(study):
        row: dict[str, Any] = {"source": source, "model": model, "runs": runs, FLOORS: {}}
        if cell:
            there = [name for name in domains if name in cell.wide]
            row |= {name: _accuracy_in(cell, name) for name in there}
            row[FLOORS] = {name: max(least.get((run, name), 0) for run in cell.wide["id"]) for name in there}
        rows.append(with_needs(row, _needs(study, source, model)))
    return Table(
        "accuracy-iqm",
        "Temporal Shape: interquartile mean of the accuracy (%) by domain",
        (SOURCE, MODEL, *(Column(name, DOMAIN_NAMES[name], percent, highlight_best=True) for name in domains), RUNS),
        tuple(rows),
        (IQM, f"The commonest class alone makes {floor_text(study)} %.", *interval_notes(study), BOLD),
        ("source",),
        tuple(study.runs["id"]),
    )


def _accuracy_in(cell: GridCell, domain: str) -> Estimate:
    """Estimate the average accuracy in a domain; one that is over some of the runs says so."""
    evaluated = cell.evaluated_on(domain)
    found, counted = average(evaluated, domain, ACCURACY).estimate(), (len(evaluated.wide), len(cell.wide))
    return found if evaluated is cell else replace(found, mark=" ({}/{})".format(*counted))


def _robustness(study: Study) -> Table:
    rows = list[dict[str, Any]]()
    for source, model, cell, runs in _groups(study):
        if cell is None:
            continue
        for target in targets_by_distance(source, cell.wide.columns.intersection(list(DOMAIN_NAMES))):
            corrected = average(cell, target, CORRECTED)
            row: dict[str, Any] = {"source": source, "model": model, "domain": target, "runs": runs}
            row |= {BARE: average(cell, target, BARE).estimate(), CORRECTED: corrected.estimate()}
            row["left_out"] = len(cell.wide) - len(corrected.ids)
            rows.append(with_needs(row, _needs(study, source, model)))
    return Table(
        "robustness-iqm",
        "Temporal Shape: interquartile mean of the robustness ratio, bare and above chance",
        (
            SOURCE,
            MODEL,
            Column("domain", "Target", DOMAIN_NAMES.__getitem__),
            Column("bare", "A_t/A_s", ratio),
            Column("corrected", "(A_t − c)/(A_s − c)", ratio),
            Column("left_out", "Runs at chance"),
            RUNS,
        ),
        tuple(rows),
        (
            "A_s: accuracy on the held-out set of the domain trained on; interquartile mean of the runs' own ratios.",
            f"c: share of the commonest class in the set, {floor_text(study)} %, which a model without eyes can reach; "
            f"more than 1/{len(CLASSES)} since labels are drawn. Guessing on the target makes the bare ratio c/A_s, "
            "near 1 for a run that has learned little; the corrected one is then 0. Runs at chance: those whose 95 % "
            "interval of A_s − c is not above 0; they are left out of the corrected ratio.",
            *interval_notes(study),
        ),
        ("source", "domain"),
        tuple(study.runs["id"]),
    )


def _improvement(study: Study) -> Table:
    rows = list[dict[str, Any]]()
    domains = ordered_domains(study.accuracies["domain"])
    cells = [group.cell for group in _groups(study) if group.cell]
    for first, second in combinations(cells, 2):
        shared = np.intersect1d(first.sizes, second.sizes)
        if first.source != second.source or not len(shared):
            continue
        comparison = f"{display_name(first.model)} > {display_name(second.model)}"
        row: dict[str, Any] = {"source": first.source, "comparison": comparison, "sizes": len(shared)}
        there = [name for name in domains if all(name in c.wide and c.evaluated_on(name) is c for c in (first, second))]
        row |= {name: _beats(first, second, name) for name in there}
        rows.append(with_needs(row, _needs(study, first.source, first.model, second.model)))
    return Table(
        "improvement",
        "Temporal Shape: probability that a run of one model beats one of another",
        (
            SOURCE,
            Column("comparison", "X > Y"),
            *(Column(name, DOMAIN_NAMES[name], "{:.2f}".format) for name in domains),
            Column("sizes", "Sizes"),
        ),
        tuple(rows),
        (
            "P(X > Y): two runs of the same size with random seeds, averaged over the sizes that both have; ties count "
            "half. 0.5: neither is better.",
            *interval_notes(study),
        ),
        ("source",),
        tuple(study.runs["id"]),
    )


def _beats(first: GridCell, second: GridCell, domain: str) -> Estimate:
    """Estimate P(X > Y) of the accuracies in a domain."""
    x, y = (cell.wide[domain].to_numpy(float) for cell in (first, second))
    sizes = first.sizes, second.sizes
    value = probability_of_improvement(x, y, sizes, np.ones((1, len(x))), np.ones((1, len(y))))
    draws = probability_of_improvement(
        first.drawn(domain), second.drawn(domain), sizes, first.weights(), second.weights()
    )
    ids, freedom = (*first.wide["id"], *second.wide["id"]), min(first.freedom(), second.freedom())
    return CrossedSample(float(value[0]), draws, ids, freedom=freedom).estimate()
