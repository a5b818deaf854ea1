"""The Temporal Shape runs' accuracies on drawn clips and seeds: the draws that all tables of a study share."""

import zlib
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from analysis.runs.answers import majority_share
from analysis.runs.load import Study, V
from analysis.statistics.bootstrap import DRAWS, SEED
from analysis.statistics.crossed import as_accuracies, freedom_of, right_draws
from analysis.statistics.iqm import stratified_weights
from analysis.table.samples import CrossedSample
from analysis.table.tables import Cell


@cache
def drawn_clips(study: Study) -> dict[tuple[str, str], tuple[np.ndarray, int]]:
    """Map (run id, domain) to how many drawn clips it gets right, (draws,), and the clips: drawn alike for all runs."""
    sets: dict[tuple[str, str, int], list[str]] = {}
    source_of = dict(zip(study.runs["id"], study.runs["source"], strict=True))
    for (run, domain), answers in study.answers.items():
        # Each source has validation clips of its own; a set that was made anew with more clips is another one.
        own = source_of[run] if domain == V else ""
        sets.setdefault((domain, own, len(answers.labels)), []).append(run)
    drawn: dict[tuple[str, str], tuple[np.ndarray, int]] = {}
    for (domain, source, clips), runs in sets.items():
        rng = np.random.default_rng([SEED, zlib.crc32(f"clips/{domain}/{source}/{clips}".encode())])
        correct = np.stack([study.answers[run, domain].correct for run in runs])
        right = right_draws(correct, DRAWS, rng)
        drawn |= {(run, domain): (right[:, i], clips) for i, run in enumerate(runs)}
    return drawn


def on_drawn_clips(study: Study, ids: list[str], domain: str) -> np.ndarray:
    """Stack (draws, N) accuracies of N runs in a domain."""
    drawn = drawn_clips(study)
    return np.stack([as_accuracies(*drawn[run, domain]) for run in ids], axis=1) if len(ids) else np.empty((DRAWS, 0))


def seed_weights(source: str, model: str, sizes: np.ndarray) -> np.ndarray:
    """Draw (draws, N) weights of the runs of one cell, by their (N,) sizes: the same for all its domains."""
    rng = np.random.default_rng([SEED, zlib.crc32(f"{source}/{model}".encode())])
    return stratified_weights(sizes, DRAWS, rng)


def with_draws(study: Study, rows: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """Add to each cell of a table of accuracies the draws of its mean; a column is a domain."""
    runs = study.runs.set_index("id")
    made = []
    for row in rows:
        row = dict(row)
        for domain, cell in row.items():
            if not isinstance(cell, Cell) or not cell.ids:
                continue
            of_cell = runs.loc[list(cell.ids)]
            sizes = of_cell["hidden"].to_numpy()
            weights = seed_weights(of_cell["source"].iloc[0], of_cell["model"].iloc[0], sizes)
            draws = (on_drawn_clips(study, list(cell.ids), domain) * weights).sum(axis=1) / weights.sum(axis=1)
            row[domain] = replace(cell, sample=CrossedSample(cell.mean, draws, cell.ids, freedom=freedom_of(sizes)))
        made.append(row)
    return tuple(made)


@cache
def floors(study: Study) -> dict[tuple[str, str], float]:
    """Find (run id, domain) -> accuracy of the best constant answer there."""
    return {place: majority_share(answers.labels) for place, answers in study.answers.items()}


def highest_floor(study: Study) -> float:
    """Find the largest of `floors`, for the line in the figures; NaN without a run."""
    return max(floors(study).values(), default=float("nan"))


def floor_text(study: Study) -> str:
    """Say, such as "22.4 to 24.0": what the commonest class alone makes in the study's sets, in per cent."""
    shares = [100 * share for share in floors(study).values()] or [float("nan")]
    low, high = f"{min(shares):.1f}", f"{max(shares):.1f}"
    return low if low == high else f"{low} to {high}"


def constants(study: Study) -> list[str]:
    """List run and domain of every run that answers one class for all clips, such as "ts/… on mnist (class 3)"."""
    return [
        f"{run} on {domain} (class {answers.only_class})"
        for (run, domain), answers in study.answers.items()
        if answers.only_class is not None and len(np.unique(answers.labels)) > 1
    ]
