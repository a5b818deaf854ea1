"""What a claim on Diving48 is about, measured on the study's matched checkpoints."""

from dataclasses import replace

import numpy as np

from analysis.claims.experiments import ExperimentQuantities, Measured
from analysis.claims.grammar import ATTRIBUTES, Quantity, Test
from analysis.diving48.load import CODEC
from analysis.diving48.measures import Entry, Measures, Sample
from analysis.published.qualitative import vocabulary
from analysis.runs.load import V
from analysis.statistics.ratios import divide
from xdomain.core.errors import UserError

LOOKED_AT = ("S1", "S2")  # where misclassifications are looked at, as in the paper's Table 7


class DivingQuantities(ExperimentQuantities):
    """Samples whose draws are those of the tables."""

    def __init__(self, measures: Measures) -> None:
        self.measures = measures
        self.chance = measures.study.chance
        self._entries = {(entry.experiment, entry.role): entry for entry in measures.entries}

    def measured(self, quantity: Quantity, letter: str, role: str) -> Measured:
        """Measure the quantity on a model's matched checkpoints."""
        entry = self._entries[letter, role]
        if quantity.measure == ATTRIBUTES:
            return entry.checkpoints, self._attributes(entry, quantity.of)
        above, _, below = quantity.measure.replace("I′", CODEC).partition("/")
        known = (V, *self.measures.study.domains(self.measures.setting))
        if unknown := [name for name in (above, below) if name not in known]:
            raise UserError(f"{quantity.name}: there is no domain {unknown[0]!r}; the study has {', '.join(known)}.")
        return entry.checkpoints, self.measures.ratio(entry, above, below)

    def needs(self, test: Test) -> tuple[str, ...]:
        """List the trainings of the test's models in its experiments, with their evaluations in its domains."""
        runs: list[str] = []
        for side in (test.first, test.second):
            if side is None:
                continue
            entries = [self._entries[place] for place in self._entries if self._is_of(side, *place)]
            trainings = tuple(dict.fromkeys(training for entry in entries for training in entry.trainings))
            domains = LOOKED_AT if side.measure == ATTRIBUTES else side.measure.replace("I′", CODEC).split("/")
            runs += self.measures.needs(trainings, *domains)
        return tuple(dict.fromkeys(runs))

    def _is_of(self, quantity: Quantity, letter: str, role: str) -> bool:
        return letter in quantity.where and quantity.model in ("", role)

    def _attributes(self, entry: Entry, classes: tuple[str, ...]) -> Sample:
        """Attributes that a model's misclassifications on S1 and S2 share with the true class, of all they have."""
        if not entry.matches:
            return Sample.absent(entry.why.partition(" (")[0])
        sides = [self.measures.answers(entry, domain) for domain in LOOKED_AT]
        values, drawn = [], []
        for training, matched in entry.matches.items():
            counted, draws = np.zeros(2), np.zeros((self.measures.bootstrap.draws, 2))
            for side in sides:
                if training not in side:
                    return Sample.absent("S1 or S2 not evaluated")
                answers, _ = side[training]
                if answers.classes != len(vocabulary()):
                    return Sample.absent(f"{answers.classes} classes without attributes")
                parts = _shared(answers.labels, answers.predicted[answers.epochs.index(matched.epoch)], classes)
                counted += parts.sum(axis=1)
                draws += self.measures.bootstrap.right(answers.videos, parts)[0]
            if counted[1] == 0:
                return Sample.absent("nothing misclassified")
            values.append(counted[0] / counted[1])
            drawn.append(divide(draws[:, 0], draws[:, 1]))
        weights = self.measures.bootstrap.seed_weights(entry.model, len(values))
        averaged = (np.stack(drawn, axis=1) * weights).sum(axis=1)
        own = self.measures.accuracy(entry, LOOKED_AT[0])  # with the same draws
        return replace(own, value=float(np.mean(values)), draws=averaged, ids=self.measures.ids(entry, *LOOKED_AT))


def _shared(labels: np.ndarray, predicted: np.ndarray, classes: tuple[str, ...]) -> np.ndarray:
    """(2, N) of each misclassified clip of some classes, or of all: those that its class has, and all."""
    words = np.array(vocabulary())
    counted = predicted != labels
    if classes:
        counted &= np.isin(labels, [int(label) for label in classes])
    shared = (words[labels] == words[predicted]).sum(axis=1)
    return np.stack([shared * counted, words.shape[1] * counted])
