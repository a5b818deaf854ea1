"""What matching costs: the bias of choosing on the clips that are reported, and what the tolerance changes."""

from typing import Any

import numpy as np

from analysis.diving48.entries import Entry
from analysis.diving48.measures import Measures
from analysis.diving48.rows import EXPERIMENT, INTERVALS, MODEL, matched_columns
from analysis.diving48.sensitivity.halves import HalfMeasures, first_half
from analysis.published.tables import RATIOS
from analysis.runs.load import V
from analysis.statistics.selection import selection_bias
from analysis.table.tables import Column, Count, Estimate, Table, significant
from xdomain.studies.diving48 import EXPERIMENTS

HALVINGS = 50
TOLERANCES = (0.0025, 0.005, 0.01, 0.02)
TO_V = tuple(name for name in RATIOS if name.endswith("/V"))


def selection_tables(measures: Measures) -> list[Table]:
    """Make the tables of the bias of matching and of its tolerance."""
    return [_bias(measures), _tolerances(measures)]


def _bias(measures: Measures) -> Table:
    halves = HalfMeasures(measures.study, measures.setting, measures.tolerance, measures)
    on_halves = {(entry.experiment, entry.role): entry for entry in halves.entries}
    rows = []
    for entry in measures.matched:
        other = on_halves[entry.experiment, entry.role]
        row: dict[str, Any] = {"experiment": entry.experiment, "model": entry.role, **matched_columns(entry)}
        row["bias"] = Estimate(bias_of(measures, entry), ids=measures.ids(entry, V))
        row["half_epochs"] = "; ".join(str(m.epoch) for m in other.matches.values()) or "no epoch near"
        for name in TO_V:
            row[name] = measures.ratio(entry, *name.split("/")).estimate()
            row[f"{name} halves"] = halves.ratio(other, *name.split("/")).estimate()
        rows.append(row)
    three = significant(3)
    return Table(
        "matching",
        "Diving48: checkpoints chosen on one half of the validation clips and measured on the other",
        (
            EXPERIMENT,
            MODEL,
            Column("V", "V (%) ± SE"),
            Column("epochs", "Epoch"),
            Column("bias", "Bias of a ratio to V (%)", lambda value: f"{100 * value:+.1f}"),
            Column("half_epochs", "Epoch by one half"),
            *(
                column
                for name in TO_V
                for column in (Column(name, name, three), Column(f"{name} halves", "on halves", three))
            ),
        ),
        tuple(rows),
        (
            f"Bias: over {HALVINGS} random halvings of the validation clips by source video, by how much the accuracy "
            "on the half that did not choose the epoch differs from that on the half that did, with the halves "
            "exchanged. It is what half the clips make, so more than what all of them do. In simulations of 1,502 "
            "clips it is about 0 where a steep curve crosses the level, and a few per cent below 0 where the level is "
            "the best that a run reached.",
            "On halves: the epoch is chosen on one half of V and V is measured on the other, so the ratio has no such "
            "bias; its interval is wider.",
            INTERVALS,
        ),
        ("experiment",),
    )


def bias_of(measures: Measures, entry: Entry) -> float:
    """Estimate the relative bias of a ratio to V that choosing on V makes at half its clips, the mean over seeds."""
    level, biases = EXPERIMENTS[entry.experiment].level, []
    for training in entry.matches:
        answers = measures.study.answers(training, V, measures.setting)
        if answers is None or len(np.unique(answers.videos)) < 2:
            return float("nan")
        first = np.stack([first_half(answers.videos, number) for number in range(HALVINGS)])  # (halvings, N)
        correct = answers.correct.astype(float)  # (E, N)
        own, other = ((half @ correct.T) / half.sum(axis=1)[:, None] for half in (first.astype(float), 1.0 - first))
        biases.append(selection_bias(own, other, level))
    return float(np.mean(biases))


def _tolerances(measures: Measures) -> Table:
    rows = []
    for tolerance in TOLERANCES:
        wider = Measures(measures.study, measures.setting, tolerance, like=measures)
        for entry in wider.entries:
            if not any(measures.study.checkpoints.get(training) for training in entry.trainings):
                continue
            near = {run: _near(measures, run, entry.experiment, tolerance) for run in entry.trainings}
            row: dict[str, Any] = {"experiment": entry.experiment, "model": entry.role, "tolerance": 100 * tolerance}
            row["near"] = sum(map(len, near.values()))
            row["runs"] = Count(len(entry.matches), len(entry.trainings))
            for name in RATIOS:
                row[name] = _with_range(wider, entry, near, *name.split("/"))
            rows.append(row)
    rows.sort(key=lambda row: (row["experiment"], row["model"]))
    return Table(
        "matching-tolerance",
        "Diving48: robustness ratios by the tolerance of matching",
        (
            EXPERIMENT,
            MODEL,
            Column("tolerance", "Tolerance (points)", "{:g}".format),
            Column("near", "Epochs within"),
            *(Column(name, name, significant(3)) for name in RATIOS),
            Column("runs", "Seeds"),
        ),
        tuple(rows),
        (
            "The ratio of the epoch nearest to the level; [low, high]: the smallest and largest that any epoch within "
            "the tolerance makes, no confidence interval.",
        ),
        ("experiment", "model"),
    )


def _near(measures: Measures, training: str, letter: str, tolerance: float) -> list[int]:
    """List the epochs within the tolerance of an experiment's level."""
    kept = measures.study.checkpoints.get(training, {})
    return [e for e, a in kept.items() if round(abs(a - EXPERIMENTS[letter].level), 9) <= round(tolerance, 9)]


def _with_range(wider: Measures, entry: Entry, near: dict[str, list[int]], above: str, below: str) -> Estimate:
    """Estimate a ratio of an entry, with the range over all epochs that are near enough."""
    nearest = wider.ratio(entry, above, below)
    if nearest.why:
        return nearest.estimate()
    found = []
    for training, epochs in near.items():
        sides = [wider.answers_of(training, domain) for domain in (above, below)]
        shared = [e for e in epochs if all(side is not None and e in side.epochs for side in sides)]
        top, bottom = (side.rows(shared).mean(axis=1) if side is not None and shared else [] for side in sides)
        found += [t / b for t, b in zip(top, bottom, strict=True) if b > 0]
    low, high = (min(found), max(found)) if found else (float("nan"), float("nan"))
    return Estimate(nearest.value, low, high, ids=nearest.ids)
