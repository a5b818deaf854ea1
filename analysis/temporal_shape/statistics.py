"""Temporal Shape beyond the paper: interquartile means, P(X > Y) and chance-corrected ratios, with intervals.

Seeds are the replicates, sizes are not: intervals come from a bootstrap that draws seeds within each size, and clips,
which all runs share.
"""

from itertools import combinations

import numpy as np
import pandas as pd

from analysis.content.finding import FLOORS
from analysis.plotting.style import DOMAIN_NAMES, ordered_domains, ordered_models, targets_by_distance
from analysis.runs.load import Study
from analysis.statistics.bootstrap import DRAWS
from analysis.statistics.crossed import LEAST_FREEDOM, crossed_interval, freedom_of
from analysis.statistics.iqm import interquartile_mean, probability_of_improvement
from analysis.statistics.ratios import above_chance, accuracy_interval, divide, lies_above
from analysis.table.tables import BOLD, RUNS, Column, Count, Estimate, Table, percent, ratio, with_needs
from analysis.temporal_shape.crossed import floor_text, floors, on_drawn_clips, seed_weights, told_apart
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


def _groups(study: Study) -> list[tuple[str, str, pd.DataFrame, Count]]:
    """List (source, model, accuracies with a column per domain, runs) of every cell of the study that has a run."""
    groups = []
    for source in (name for name in SOURCES if (study.runs["source"] == name).any()):
        runs = study.runs[study.runs["source"] == source]
        for model in ordered_models(runs["model"]):
            rows = study.accuracies[(study.accuracies["source"] == source) & (study.accuracies["model"] == model)]
            wide = rows.pivot(index=["hidden", "seed", "id"], columns="domain", values="accuracy").reset_index()
            groups.append((source, model, wide, Count(len(wide), int((runs["model"] == model).sum()))))
    return groups


def _needs(study: Study, source: str, *models: str) -> tuple[str, ...]:
    """List the expected runs of some models on a source."""
    return tuple(study.runs.loc[(study.runs["source"] == source) & study.runs["model"].isin(models), "id"])


def interval_notes(study: Study) -> tuple[str, ...]:
    """Say what the intervals are over, and that there are none where seeds are too few."""
    few = any(len(wide) and freedom_of(wide["hidden"].to_numpy()) < LEAST_FREEDOM for _, _, wide, _ in _groups(study))
    return (BOOTSTRAP, TOO_FEW) if few else (BOOTSTRAP,)


def _iqm(values: np.ndarray, drawn: np.ndarray, weights: np.ndarray, runs: pd.DataFrame) -> Estimate:
    """Estimate the interquartile mean of (N,) values with its interval, of (draws, N) drawn ones and weights."""
    if len(values) == 0:
        return Estimate(float("nan"), why="no runs")
    value = float(interquartile_mean(values, np.ones((1, len(values))))[0])
    draws, freedom = interquartile_mean(drawn, weights), freedom_of(runs["hidden"].to_numpy())
    bounds = crossed_interval(draws, freedom)
    return Estimate(value, *bounds, ids=tuple(runs["id"]), draws=told_apart(draws, freedom))


def _accuracy(study: Study) -> Table:
    rows, least = [], floors(study)
    domains = ordered_domains(study.accuracies["domain"])
    for source, model, wide, runs in _groups(study):
        weights = seed_weights(source, model, wide["hidden"].to_numpy())
        cells = {
            name: _iqm(wide[name].to_numpy(float), on_drawn_clips(study, wide["id"].tolist(), name), weights, wide)
            for name in domains
            if name in wide and len(wide)
        }
        row = {"source": source, "model": model, **cells, "runs": runs}
        row[FLOORS] = {name: max(least.get((run, name), 0) for run in wide["id"]) for name in cells}
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


def _robustness(study: Study) -> Table:
    rows, least = [], floors(study)
    for source, model, wide, runs in _groups(study):
        if wide.empty:
            continue
        below, clips, ids = wide[source].to_numpy(float), _clips(study, source), wide["id"].tolist()
        floor = {
            name: np.array([least[run, name] for run in ids]) for name in wide.columns.intersection([*DOMAIN_NAMES])
        }
        above = np.array(
            [lies_above(accuracy_interval(a, clips), c) for a, c in zip(below, floor[source], strict=True)]
        )
        drawn_below = on_drawn_clips(study, ids, source)
        for target in targets_by_distance(source, wide.columns.intersection(list(DOMAIN_NAMES))):
            accuracy, drawn = wide[target].to_numpy(float), on_drawn_clips(study, ids, target)
            chances = floor[target], floor[source]
            cells = {}
            for key, values, replicates, usable in (
                ("bare", divide(accuracy, below), divide(drawn, drawn_below), below > 0),
                (
                    "corrected",
                    above_chance(accuracy, below, *chances),
                    above_chance(drawn, drawn_below, *chances),
                    above,
                ),
            ):
                runs_there = wide[usable]
                weights = seed_weights(source, model, runs_there["hidden"].to_numpy())
                cells[key] = _iqm(values[usable], replicates[:, usable], weights, runs_there)
            left_out = int((~above).sum())
            row = {"source": source, "model": model, "domain": target, **cells, "left_out": left_out, "runs": runs}
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
    rows = []
    domains = ordered_domains(study.accuracies["domain"])
    groups = [group for group in _groups(study) if len(group[2])]
    for (source, x, of_x, _), (other, y, of_y, _) in combinations(groups, 2):
        shared = np.intersect1d(of_x["hidden"], of_y["hidden"])
        if source != other or not len(shared):
            continue
        sizes = of_x["hidden"].to_numpy(), of_y["hidden"].to_numpy()
        weights = seed_weights(source, x, sizes[0]), seed_weights(source, y, sizes[1])
        ones = [np.ones((1, len(part))) for part in sizes]
        freedom = min(freedom_of(part) for part in sizes)
        ids = of_x["id"].tolist(), of_y["id"].tolist()
        cells = {}
        for name in domains:
            values = of_x[name].to_numpy(float), of_y[name].to_numpy(float)
            value = float(probability_of_improvement(*values, sizes, *ones)[0])
            drawn = on_drawn_clips(study, ids[0], name), on_drawn_clips(study, ids[1], name)
            draws = probability_of_improvement(*drawn, sizes, *weights)
            cells[name] = Estimate(value, *crossed_interval(draws, freedom), ids=(*ids[0], *ids[1]))
        comparison = f"{display_name(x)} > {display_name(y)}"
        row = {"source": source, "comparison": comparison, **cells, "sizes": len(shared)}
        rows.append(with_needs(row, _needs(study, source, x, y)))
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


def _clips(study: Study, domain: str) -> int:
    """Count the clips of a domain's set."""
    return int(study.accuracies.loc[study.accuracies["domain"] == domain, "n_clips"].max())
