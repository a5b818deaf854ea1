"""What the paper's printed numbers alone say of a claim: ratios by experiment, attributes of five clips a class.

A printed ratio has no answers behind it. Its uncertainty is at least that of its numbers of clips, taken as independent
within a model and between models, and as shared by a model's experiments: nothing printed tells more, nor anything of
seeds. What is printed in figures only has no numbers at all.
"""

import zlib
from functools import cache
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy.stats import norm

from analysis.claims.quantities import NOT_PRINTED
from analysis.diving48.claims.experiments import ByLetter, ExperimentQuantities, Measured, mean_of, paired
from analysis.published.qualitative import PUBLISHED
from analysis.published.tables import RATIOS, TEST_CLIPS, VALIDATION_CLIPS, published_ratios
from analysis.runs.load import V
from analysis.statistics.bootstrap import DRAWS, SEED
from analysis.statistics.equivalence import ABOVE
from analysis.statistics.ratios import log_ratio_variance_independent
from analysis.table.samples import PlainSample
from xdomain.studies.claim_tests import ATTRIBUTES, Quantity, Test
from xdomain.studies.diving48 import EXPERIMENTS


class PublishedNumbers(ExperimentQuantities):
    """Diving48's claims, from Tables 1 to 5 and 7 to 11."""

    def __init__(self) -> None:
        self._ratios = published_ratios().set_index(["experiment", "model"])

    def measured(self, quantity: Quantity, letter: str, role: str) -> Measured:
        """Look up a printed ratio; the checkpoint is that of a model at a level, whatever the experiment."""
        experiment = EXPERIMENTS[letter]
        checkpoint = ((experiment.models[role], experiment.level),)
        if quantity.measure == ATTRIBUTES:
            share = _attribute_share(role, quantity.of) if letter == "c" else None
            return checkpoint, PlainSample.absent(NOT_PRINTED) if share is None else PlainSample(share, np.empty(0), ())
        if quantity.measure not in RATIOS:
            return checkpoint, PlainSample.absent(NOT_PRINTED)
        value = cast(float, self._ratios.at[(letter, role), quantity.measure])
        if quantity.form:
            return checkpoint, PlainSample(
                value, np.empty(0), ()
            )  # whose errors cancel in a spread, nothing printed says
        spread = np.sqrt(self._variance(quantity.measure, letter, role))
        return checkpoint, PlainSample(value, value * np.exp(spread * _normal(role)), ())

    def _variance(self, ratio: str, letter: str, role: str) -> float:
        """Of the logarithm of a ratio, from the accuracies that it implies and their numbers of clips."""
        level = EXPERIMENTS[letter].level
        accuracy = {V: level} | {
            name: level * cast(float, self._ratios.at[(letter, role), f"{name}/V"]) for name in ("S1", "S2", "T")
        }
        above, _, below = ratio.partition("/")
        clips = VALIDATION_CLIPS if below == V else TEST_CLIPS
        return log_ratio_variance_independent(accuracy[above], TEST_CLIPS, accuracy[below], clips)

    def needs(self, _: Test) -> tuple[str, ...]:
        """List no run: none stands behind a printed number."""
        return ()

    def caution(self, test: Test) -> str:
        """Say where the printed numbers turn round: averages over different experiments, and single experiments."""
        if test.second is None or test.first.form or test.first.measure not in RATIOS:
            return ""
        sides = self.by_letter(test.first), self.by_letter(test.second)
        apart = paired(*sides)
        said = []
        if len(apart) > 1 and _agrees(test, self._own_average(test)) != _agrees(test, mean_of(apart).value):
            common = [_mean_value({letter: side[letter] for letter in apart}) for side in sides]
            said.append(
                f"Table 1's averages are over different experiments; over {', '.join(apart)}, which both have, "
                f"{test.first.measure} is {common[0]:.3f} and {common[1]:.3f}"
            )
        reversed_in = [letter for letter, (_, sample) in apart.items() if not _agrees(test, sample.value)]
        if reversed_in and len(apart) > 1:
            said.append(f"reversed in {', '.join(reversed_in)}")
        return "; ".join(said)

    def _own_average(self, test: Test) -> float:
        """Subtract both models' averages over the experiments that each has."""
        first, second = (_mean_value(self.by_letter(side)) for side in test.sides)
        return first - second


def _mean_value(by_letter: ByLetter) -> float:
    return float(np.mean([sample.value for _, sample in by_letter.values()]))


def _agrees(test: Test, value: float) -> bool:
    bound = test.bound or 0.0
    return value > bound if test.relation == ABOVE else value < bound


@cache
def _normal(role: str) -> np.ndarray:
    """(draws,) evenly spaced quantiles of the standard normal, in an order of the model's own."""
    quantiles = norm.ppf((np.arange(DRAWS) + 0.5) / DRAWS)
    return np.random.default_rng([SEED, zlib.crc32(role.encode())]).permutation(quantiles)


def _attribute_share(role: str, classes: tuple[str, ...]) -> float | None:
    """Table 7's share over its four classes; its fractions as printed. None of all classes."""
    frame: Any = pd.read_csv(PUBLISHED / "qualitative_predictions.csv", dtype=str)
    rows = frame[(frame["model"] == role) & frame["class"].isin(classes)]
    parts = [fraction.split("/") for fraction in rows["correct attributes as published"]]
    return sum(int(part[0]) for part in parts) / sum(int(part[1]) for part in parts) if parts else None
