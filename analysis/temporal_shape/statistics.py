"""Temporal Shape beyond the paper: interquartile means, P(X > Y) and chance-corrected ratios, with intervals.

Seeds are the replicates, sizes are not: intervals come from a bootstrap that draws seeds within each size.
"""

import zlib
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.plotting.style import DOMAIN_NAMES, ordered_domains, ordered_models, targets_by_distance
from analysis.runs.load import Study
from analysis.statistics.bootstrap import DRAWS, SEED, interval
from analysis.statistics.iqm import interquartile_mean, probability_of_improvement, stratified_weights
from analysis.statistics.ratios import above_chance, accuracy_interval, divide, lies_above
from analysis.table.tables import RUNS, Column, Count, Estimate, Table, percent, ratio, with_needs
from xdomain.models import display_name
from xdomain.studies.temporal_shape import CLASSES, SOURCES

SOURCE = Column("source", "Trained on", DOMAIN_NAMES.__getitem__)
MODEL = Column("model", "Model", display_name)
CHANCE = 1 / len(CLASSES)
BOOTSTRAP = (
    f"[low, high]: 95 % percentile interval of {DRAWS:,} draws of seeds within each size; sizes are not drawn, so it "
    "says how much seeds matter, which a deviation pooled over sizes and seeds does not."
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


def _weights(source: str, model: str, sizes: np.ndarray) -> np.ndarray:
    """Draw (draws, N) weights of a cell's runs, the same for all its domains."""
    rng = np.random.default_rng([SEED, zlib.crc32(f"{source}/{model}".encode())])
    return stratified_weights(sizes, DRAWS, rng)


def _iqm(values: np.ndarray, weights: np.ndarray, ids: tuple[str, ...]) -> Estimate:
    """Estimate the interquartile mean of (N,) values with its interval; one run alone has none."""
    if len(values) == 0:
        return Estimate(float("nan"), why="no runs")
    value = float(interquartile_mean(values, np.ones((1, len(values))))[0])
    return Estimate(value, *interval(interquartile_mean(values, weights)), ids=ids)


def _accuracy(study: Study) -> Table:
    rows = []
    domains = ordered_domains(study.accuracies["domain"])
    for source, model, wide, runs in _groups(study):
        weights = _weights(source, model, wide["hidden"].to_numpy())
        ids = tuple(wide["id"])
        cells = {name: _iqm(wide[name].to_numpy(float), weights, ids) for name in domains if name in wide and len(wide)}
        row = {"source": source, "model": model, **cells, "runs": runs}
        rows.append(with_needs(row, _needs(study, source, model)))
    return Table(
        "accuracy-iqm",
        "Temporal Shape: interquartile mean of the accuracy (%) by domain",
        (SOURCE, MODEL, *(Column(name, DOMAIN_NAMES[name], percent, highlight_best=True) for name in domains), RUNS),
        tuple(rows),
        (IQM, BOOTSTRAP),
        ("source",),
        tuple(study.runs["id"]),
    )


def _robustness(study: Study) -> Table:
    rows = []
    for source, model, wide, runs in _groups(study):
        if wide.empty:
            continue
        below, clips = wide[source].to_numpy(float), _clips(study, source)
        above = np.array([lies_above(accuracy_interval(a, clips), CHANCE) for a in below])
        weights = _weights(source, model, wide["hidden"].to_numpy())
        for target in targets_by_distance(source, wide.columns.intersection(list(DOMAIN_NAMES))):
            accuracy = wide[target].to_numpy(float)
            cells = {}
            for key, values, usable in (
                ("bare", divide(accuracy, below), below > 0),
                ("corrected", above_chance(accuracy, below, CHANCE), above),
            ):
                ids = tuple(wide["id"][usable])
                chosen = _weights(source, model, wide["hidden"].to_numpy()[usable]) if not usable.all() else weights
                cells[key] = _iqm(values[usable], chosen, ids)
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
            f"c = 1/{len(CLASSES)} = {percent(CHANCE)} %. Guessing on the target makes the bare ratio c/A_s, near 1 "
            "for a run that has learned little; the corrected one is then 0. Runs at chance: those whose 95 % interval "
            "of A_s − c is not above 0; they are left out of the corrected ratio, which they would make meaningless.",
            BOOTSTRAP,
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
        weights = _weights(source, x, sizes[0]), _weights(source, y, sizes[1])
        ones = [np.ones((1, len(part))) for part in sizes]
        cells = {}
        for name in domains:
            values = of_x[name].to_numpy(float), of_y[name].to_numpy(float)
            value = float(probability_of_improvement(*values, sizes, *ones)[0])
            draws = probability_of_improvement(*values, sizes, *weights)
            ids = tuple(of_x["id"]) + tuple(of_y["id"])
            cells[name] = Estimate(value, *interval(draws), ids=ids)
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
            BOOTSTRAP,
        ),
        ("source",),
        tuple(study.runs["id"]),
    )


def _clips(study: Study, domain: str) -> int:
    """Count the clips of a domain's set."""
    return int(study.accuracies.loc[study.accuracies["domain"] == domain, "n_clips"].max())
