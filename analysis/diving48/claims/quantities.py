"""What a claim on Diving48 is about, measured on the study's matched checkpoints."""

from analysis.diving48.claims.experiments import ExperimentQuantities, Measured
from analysis.diving48.entries import Entry
from analysis.diving48.measures import Measures
from analysis.diving48.sensitivity.mistakes import MISTAKEN, attribute_share
from analysis.runs.load import V
from analysis.studies.videos import CODEC
from analysis.table.samples import Sample
from xdomain.core.errors import UserError
from xdomain.studies.claim_tests import ATTRIBUTES, Quantity, Test
from xdomain.studies.vocabulary import vocabulary


class DivingQuantities(ExperimentQuantities):
    """Samples whose draws are those of the tables."""

    def __init__(self, measures: Measures) -> None:
        self.measures = measures
        self.design = measures.design
        self._entries = {(entry.experiment, entry.role): entry for entry in measures.entries}

    def measured(self, quantity: Quantity, letter: str, role: str) -> Measured:
        """Measure the quantity on a model's matched checkpoints."""
        entry = self._entries[letter, role]
        if quantity.measure == ATTRIBUTES:
            return entry.checkpoints, self._attributes(entry, quantity.of)
        above, _, below = quantity.measure.replace("I′", CODEC).partition("/")
        known = (V, *self.measures.study.domains(self.measures.setting), *self.measures.study.curves)
        if unknown := [name for name in (above, below) if name not in known]:
            raise UserError(f"{quantity.name}: there is no domain {unknown[0]!r}; the study has {', '.join(known)}.")
        return entry.checkpoints, self.measures.ratio(entry, above, below)

    def needs(self, test: Test) -> tuple[str, ...]:
        """List the trainings of the test's models in its experiments, with their evaluations in its domains."""
        runs: list[str] = []
        for side in test.sides:
            entries = [self._entries[place] for place in self._entries if self._is_of(side, *place)]
            trainings = tuple(dict.fromkeys(training for entry in entries for training in entry.trainings))
            domains = MISTAKEN if side.measure == ATTRIBUTES else side.measure.replace("I′", CODEC).split("/")
            runs += self.measures.needs(trainings, *domains)
        return tuple(dict.fromkeys(runs))

    def _is_of(self, quantity: Quantity, letter: str, role: str) -> bool:
        return letter in self.design.letters_in(quantity.where) and quantity.model in ("", role)

    def _attributes(self, entry: Entry, classes: tuple[str, ...]) -> Sample:
        """Attributes that a model's misclassifications on S1 and S2 share with the true class, of all they have."""
        if not entry.matches:
            return Sample.absent(entry.why.partition(" (")[0])
        sides = [self.measures.answers(entry, domain) for domain in MISTAKEN]
        counts = {answers.classes for side in sides for answers, _ in side.values()}
        if other := counts - {len(vocabulary())}:
            return Sample.absent(f"{min(other)} classes without attributes")
        return attribute_share(self.measures, entry, tuple(int(label) for label in classes))
