"""One contrast under every choice that stands behind it: the specification curve (Simonsohn, Simmons, Nelson 2020).

The contrast is the log ratio of two models' averaged robustness ratios, over the experiments in which both have a
checkpoint. The choices: how validation clips were split off, which masks made the domains, what the accuracy is divided
by, how far a checkpoint may be off its level, and whether ratios or accuracies are averaged.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np

from analysis.diving48.data.study import DivingStudy, display_domain
from analysis.diving48.entries import Entry
from analysis.diving48.measures import Measures, all_measures
from analysis.diving48.sensitivity.halves import HalfMeasures
from analysis.diving48.sensitivity.selection import TOLERANCES
from analysis.runs.load import V
from analysis.statistics.ratios import divide
from analysis.studies.videos import CODEC, PRIMARY
from analysis.table.samples import Sample
from analysis.table.tables import Column, Estimate, Table, with_needs
from xdomain.studies.diving48 import ROLES, UNMODIFIED

HALVES = "V, halves"
DENOMINATORS = (V, HALVES, UNMODIFIED, CODEC)
MEANS = ("mean of ratios", "ratio of means")
CHOICES = ("split", "masks", "below", "tolerance", "mean")  # keys of a row, in the order of the figure


@dataclass(frozen=True)
class Specification:
    """One way through the choices, and what it makes of a contrast.

    Attributes:
        choices: by key of `CHOICES`.
        comparison: such as "ConvLSTM − 3D CNN".
        domain: S1, S2 or T.
        delta: ln of the first model's averaged ratio ÷ the second's.
        experiments: letters that both have.
        needs: the runs that it takes, finished or not.
    """

    choices: dict[str, str]
    comparison: str
    domain: str
    delta: Estimate
    experiments: str
    needs: tuple[str, ...]


@cache
def specifications(study: DivingStudy, tolerance: float) -> list[Specification]:
    """Compute the contrast of every two models under every choice that the study's runs allow."""
    made = []
    for measures in all_measures(study, tolerance):
        for wider in (Measures(study, measures.setting, points, like=measures) for points in TOLERANCES):
            for below in DENOMINATORS:
                chosen = HalfMeasures(study, wider.setting, wider.tolerance, measures) if below == HALVES else wider
                choices = {
                    "split": wider.setting.split,
                    "masks": wider.setting.masks or "none",
                    "below": display_domain(below),
                    "tolerance": f"{100 * wider.tolerance:g} points",
                }
                for found in _contrasts(chosen, V if below == HALVES else below):
                    made += [Specification(choices | {"mean": mean}, *rest) for mean, *rest in found]
    return made


def specification_table(study: DivingStudy, tolerance: float) -> Table:
    """Make the table of the curve, a row per specification, sorted within a comparison by the estimate."""
    found = sorted(specifications(study, tolerance), key=_order)
    rows = []
    for s in found:
        row = {"domain": s.domain, "comparison": s.comparison, **s.choices, "delta": s.delta}
        rows.append(with_needs(row | {"experiments": s.experiments}, s.needs))
    return Table(
        "specifications",
        "Diving48: the contrast of two models under every choice behind it",
        (
            Column("domain", "Domain"),
            Column("comparison", "Comparison"),
            Column("delta", "Δ [95 %]", "{:+.3f}".format),
            Column("split", "Split"),
            Column("masks", "Masks"),
            Column("below", "Divided by"),
            Column("tolerance", "Tolerance"),
            Column("mean", "Averaged"),
            Column("experiments", "Experiments"),
        ),
        tuple(rows),
        (
            "Δ: ln of the averaged ratio of the first model ÷ that of the second, over the experiments in which both "
            "have a checkpoint. On T a higher ratio is no virtue.",
            f"Divided by: V, the paper's; {HALVES}: the checkpoint is chosen on one half of V and V measured on the "
            "other; O, I′: the test clips themselves. Tolerance: how far a checkpoint may be off its level. Averaged: "
            "the mean of the experiments' ratios, or the ratio of the mean accuracies.",
            "No row is the right one; a finding that holds in few of them is a finding about the choices.",
        ),
        ("domain", "comparison"),
    )


def _order(found: Specification) -> tuple[str, str, bool, float]:
    """Order by the estimate, those without one last: NaN is neither above nor below another number."""
    value = found.delta.value
    return found.domain, found.comparison, bool(np.isnan(value)), 0.0 if np.isnan(value) else value


def _contrasts(measures: Measures, below: str) -> Iterator[list[tuple]]:
    """For every two models and domain: (mean, comparison, domain, Δ, experiments, needs) under both ways to average."""
    letters_of = {role: {e.experiment for e in measures.entries if e.role == role} for role in ROLES}
    by_role = {role: {e.experiment: e for e in measures.matched if e.role == role} for role in ROLES}
    for second, first in combinations(ROLES, 2):
        for domain in PRIMARY:
            shared = [
                letter
                for letter in by_role[first].keys() & by_role[second].keys()
                if not any(measures.ratio(by_role[role][letter], domain, below).why for role in (first, second))
            ]
            if not shared:
                continue
            sides = [[by_role[role][letter] for letter in sorted(shared)] for role in (first, second)]
            comparison, letters = f"{first} − {second}", ", ".join(sorted(shared))
            both = letters_of[first] & letters_of[second]
            taking_part = [e for e in measures.entries if e.role in (first, second) and e.experiment in both]
            trainings = tuple(dict.fromkeys(run for entry in taking_part for run in entry.trainings))
            needs = measures.needs(trainings, domain, below)
            yield [
                (mean, comparison, domain, _delta(measures, sides, domain, below, mean == MEANS[0]), letters, needs)
                for mean in MEANS
            ]


def _delta(measures: Measures, sides: list[list[Entry]], domain: str, below: str, of_ratios: bool) -> Estimate:
    (a, drawn_a, ids_a), (b, drawn_b, ids_b) = (_average(measures, side, domain, below, of_ratios) for side in sides)
    ids = tuple(dict.fromkeys(ids_a + ids_b))
    if a <= 0 or b <= 0:
        return Estimate(float("nan"), ids=ids, why="a ratio of 0")
    with np.errstate(divide="ignore", invalid="ignore"):
        draws = np.log(drawn_a) - np.log(drawn_b)
    draws[~np.isfinite(draws)] = np.nan
    return measures.sample(float(np.log(a / b)), draws, ids).estimate()


def _average(
    measures: Measures, entries: list[Entry], domain: str, below: str, of_ratios: bool
) -> tuple[float, np.ndarray, tuple[str, ...]]:
    """Average over experiments: value, (draws,) replicates and runs."""
    ratios = [measures.ratio(entry, domain, below) for entry in entries]
    ids = tuple(dict.fromkeys(run for sample in ratios for run in sample.ids))
    if of_ratios:
        return float(np.mean([sample.value for sample in ratios])), _mean_draws(ratios), ids
    top, bottom = ([measures.accuracy(entry, name) for entry in entries] for name in (domain, below))
    value = sum(sample.value for sample in top) / sum(sample.value for sample in bottom)
    return float(value), divide(_mean_draws(top), _mean_draws(bottom)), ids


def _mean_draws(samples: list[Sample]) -> np.ndarray:
    return np.mean([sample.draws for sample in samples], axis=0)
