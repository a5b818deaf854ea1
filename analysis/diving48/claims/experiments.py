"""Quantities of Diving48's experiments: averaged over those that both sides have, each checkpoint counted once."""

from abc import ABC, abstractmethod
from dataclasses import replace

import numpy as np

from analysis.studies.videos import PAPER, Design
from analysis.table.samples import Sample, mean_once
from xdomain.core.errors import UserError
from xdomain.studies.claim_tests import ATTRIBUTES, SPREAD, Quantity, Test

Measured = tuple[tuple, Sample]  # which checkpoints, and what they make
ByLetter = dict[str, Measured]


class ExperimentQuantities(ABC):
    """Samples of the quantities that tests name, from what a subclass knows of a model in an experiment."""

    design: Design = PAPER

    @abstractmethod
    def measured(self, quantity: Quantity, letter: str, role: str) -> Measured:
        """Measure the quantity on a model that takes part in an experiment."""

    def sample(self, test: Test) -> Sample:
        """Measure the tested quantity, the difference of two models over the experiments in which both have it.

        Raises:
            UserError: the test names a measure, an experiment or a model that there is not.
        """
        first = self.by_letter(test.first)
        if test.second is None:
            return mean_of(first)
        second = self.by_letter(test.second)
        if test.first.name == test.second.name:
            return mean_of(paired(first, second))
        return mean_of(first).minus(mean_of(second))

    def chance(self, test: Test) -> float:
        """Refuse: these quantities are ratios, and no ratio is reached by chance.

        Raises:
            UserError: always.
        """
        raise UserError(f"{test.comparison} near chance: chance is an accuracy, and this is none. Give a number.")

    def by_letter(self, quantity: Quantity) -> ByLetter:
        """Measure the quantity in each experiment in which its model takes part."""
        letters, experiments = self.design.letters_in(quantity.where), self.design.experiments
        if unknown := set(letters) - set(experiments):
            known = ", ".join(experiments)
            raise UserError(f"{quantity.name}: there is no experiment {min(unknown)!r}, only {known}.")
        if quantity.form == SPREAD:
            return {letter: self._spread(quantity, letter) for letter in letters}
        if quantity.form or quantity.model not in self.design.roles:
            models = ", ".join(self.design.roles)
            known = f"a ratio of two domains or {ATTRIBUTES} of {models}, or a spread, of no model"
            raise UserError(f"{quantity.name} {quantity.model} is none of {self.design.title}'s quantities: {known}.")
        taking_part = [letter for letter in letters if quantity.model in experiments[letter].models]
        return {letter: self.measured(quantity, letter, quantity.model) for letter in taking_part}

    def _spread(self, quantity: Quantity, letter: str) -> Measured:
        """Measure the sample standard deviation between the models of an experiment."""
        found = [self.measured(quantity, letter, role) for role in self.design.experiments[letter].models]
        samples = [sample for _, sample in found]
        if why := next((sample.why for sample in samples if sample.why), ""):
            return (), Sample.absent(why)
        value = float(np.std([sample.value for sample in samples], ddof=1))
        draws = np.std([sample.draws for sample in samples], axis=0, ddof=1)
        ids = tuple(dict.fromkeys(run for sample in samples for run in sample.ids))
        return tuple(checkpoints for checkpoints, _ in found), replace(samples[0], value=value, draws=draws, ids=ids)


def paired(first: ByLetter, second: ByLetter) -> ByLetter:
    """Take the differences in the experiments that both take part in."""
    return {
        letter: (first[letter][0] + second[letter][0], first[letter][1].minus(second[letter][1]))
        for letter in first
        if letter in second
    }


def mean_of(by_letter: ByLetter) -> Sample:
    """Average over the experiments that have it."""
    return mean_once(by_letter.values())
