"""How much seeds and clips matter for T/S1: measured on a study, or as far as the paper's printed numbers tell."""

from itertools import combinations

import numpy as np

from analysis.claims.listing import claims_of, read_claims
from analysis.diving48.claims.published import PublishedNumbers
from analysis.diving48.data.study import DivingStudy
from analysis.diving48.entries import Entry
from analysis.diving48.measures import Measures, all_measures
from analysis.published.tables import TEST_CLIPS
from analysis.statistics.ratios import log_ratio_variance_independent
from xdomain.core.errors import UserError
from xdomain.studies.claim_tests import Quantity
from xdomain.studies.diving48 import EXPERIMENTS, STUDY

RATIO = ("T", "S1")


def printed_clip_sd() -> float:
    """Take κ from the printed accuracies on T and S1, with clips and models as independent: rather too large."""
    printed = PublishedNumbers()
    found = []
    for letter, experiment in EXPERIMENTS.items():
        for role in experiment.models:
            sides = (Quantity("", f"{domain}/V", (), letter, role) for domain in RATIO)
            a, b = (experiment.level * printed.measured(side, letter, role)[1].value for side in sides)
            found.append(TEST_CLIPS * log_ratio_variance_independent(a, TEST_CLIPS, b, TEST_CLIPS))
    return float(np.sqrt(2 * np.mean(found)))


def measured_sds(study: DivingStudy, tolerance: float) -> tuple[float, float | None]:
    """Measure κ, and σ: of ln T/S1 between seeds, None where no model has two.

    Raises:
        UserError: no experiment has two models that were evaluated on S1 and T.
    """
    squares, pairs, apart, freedom = 0.0, 0, 0.0, 0
    for measures in all_measures(study, tolerance):
        entries = [entry for entry in measures.matched if _values(measures, entry) is not None]
        for first, second in combinations(entries, 2):
            if first.experiment == second.experiment:
                variance = float(np.nanvar(_clip_draws(measures, first) - _clip_draws(measures, second)))
                squares, pairs = squares + variance * _clips(measures, first), pairs + 1
        for entry in {entry.checkpoints: entry for entry in entries}.values():
            values = _values(measures, entry)
            if values is not None and len(values) > 1:
                apart += float(((values - values.mean()) ** 2).sum())
                freedom += len(values) - 1
    if not pairs:
        raise UserError(f"No experiment of {study.key} has two models with right answers on S1 and T: give --clip-sd.")
    return float(np.sqrt(squares / pairs)), float(np.sqrt(apart / freedom)) if freedom else None


def printed_differences() -> list[tuple[str, str, float]]:
    """List the claims that compare T/S1 of two models: id, comparison, and the printed difference of ln T/S1."""
    printed = PublishedNumbers()
    found = []
    for claim in claims_of(STUDY, read_claims()):
        for test in claim.tests:
            if test.second is None or test.first.form or test.first.measure != "/".join(RATIO):
                continue
            sides = [printed.by_letter(side) for side in test.sides]
            shared = [letter for letter in sides[0] if letter in sides[1]]
            means = [np.mean([side[letter][1].value for letter in shared]) for side in sides]
            found.append((claim.id, test.comparison, float(np.log(means[0] / means[1]))))
    return found


def _values(measures: Measures, entry: Entry) -> np.ndarray | None:
    """Return (seeds,) ln T/S1; None unless every seed has right answers on both."""
    sides = [measures.answers(entry, domain) for domain in RATIO]
    if any(len(side) < len(entry.matches) for side in sides):
        return None
    rates = np.array([[side[training][1].mean() for training in entry.matches] for side in sides])  # (2, seeds)
    return np.log(rates[0] / rates[1]) if (rates > 0).all() else None


def _clip_draws(measures: Measures, entry: Entry) -> np.ndarray:
    """Return (draws,) of ln T/S1 over source videos with the seeds as they are."""
    means = []
    for domain in RATIO:
        drawn = []
        for training, (answers, _) in measures.answers(entry, domain).items():
            place = answers.epochs.index(entry.matches[training].epoch)
            drawn.append(measures.draws(training, domain)[:, place])
        means.append(np.mean(drawn, axis=0))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log(means[0]) - np.log(means[1])
    return np.where(np.isfinite(found), found, np.nan)


def _clips(measures: Measures, entry: Entry) -> int:
    """Count the clips of T."""
    answers, _ = next(iter(measures.answers(entry, RATIO[0]).values()))
    return len(answers.clips)
