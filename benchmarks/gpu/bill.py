"""What the grid of 400 runs costs on this card, from the epochs and runs that were measured."""

import math
from collections import defaultdict
from statistics import fmean
from typing import Any

from xdomain.studies import temporal_shape as ts

Rows = list[dict[str, Any]]


def bill(rows: Rows) -> dict[str, Any]:
    """Return GPU-hours: with every epoch that the recipe allows, with the epochs that runs took, and packed.

    A size that was not measured costs what lies between its measured neighbours. What cannot be said from `rows` is
    None, and `without` names the models that have no figure.
    """
    epochs: dict[str, dict[int, float]] = defaultdict(dict)
    taken: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if row["kind"] == "epoch":
            epochs[row["model"]][row["hidden"]] = row["seconds"]
        elif row["kind"] == "run" and row["status"] == "finished":
            taken[row["model"]].append(row["epochs"])
    without = [model for model in ts.MODELS if model not in epochs]
    if without:
        return {"at_most": None, "as_runs_took": None, "packed": None, "without": without}
    most = likely = packed = 0.0
    for spec in ts.grid():
        model, hidden = spec.model.name, spec.model.hidden
        each = between(epochs[model], hidden) / 3600  # hours
        most += each * spec.train.max_epochs
        hours = each * fmean(taken[model]) if taken[model] else math.nan
        likely += hours
        packed += hours / gain(rows, model, hidden)
    return {
        "at_most": most,
        "as_runs_took": None if math.isnan(likely) else likely,
        "packed": None if math.isnan(packed) or not any(row["kind"] == "pack" for row in rows) else packed,
        "without": [],
    }


def between(measured: dict[int, float], hidden: int) -> float:
    """Interpolate linearly between the measured sizes; beyond them the nearest one counts."""
    below = max((size for size in measured if size <= hidden), default=min(measured))
    above = min((size for size in measured if size >= hidden), default=max(measured))
    if below >= above:
        return measured[above]
    part = (hidden - below) / (above - below)
    return (1 - part) * measured[below] + part * measured[above]


def gain(rows: Rows, model: str, hidden: int) -> float:
    """Return how many times the runs an hour the best packing gives for h ≤ 16; of an unpacked model the least."""
    best: dict[str, float] = defaultdict(lambda: 1.0)
    for row in rows:
        if row["kind"] == "pack" and row["times_one"]:
            best[row["model"]] = max(best[row["model"]], row["times_one"])
    if hidden > 16 or not best:
        return 1.0
    return best[model] if model in best else min(best.values())
