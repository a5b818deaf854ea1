"""What claims are tested on: the quantities of a study, and those that the paper prints."""

from dataclasses import dataclass
from typing import Protocol

from analysis.table.samples import PlainSample, Sample
from xdomain.studies.claim_tests import Test

NOT_PRINTED = "no numbers printed"


class Quantities(Protocol):
    """What measures the quantities of tests."""

    def sample(self, test: Test) -> Sample:
        """Measure the tested quantity with its draws, or say why there is none."""

    def chance(self, test: Test) -> float:
        """Average what answering the commonest class makes of the clips that the tested accuracy is over."""

    def needs(self, test: Test) -> tuple[str, ...]:
        """List the runs that the test takes, finished or not."""


class PrintedQuantities(Quantities, Protocol):
    """The same of the paper's printed numbers."""

    def caution(self, test: Test) -> str:
        """Say what a reader of the printed numbers has to beware of."""


class FiguresPrinted:
    """A study that the paper prints figures of, and no numbers."""

    def sample(self, _: Test) -> PlainSample:
        """Find nothing: the paper has no numbers of it."""
        return PlainSample.absent(NOT_PRINTED)

    def chance(self, _: Test) -> float:
        """Find nothing: the paper's clips are not here."""
        return float("nan")

    def needs(self, _: Test) -> tuple[str, ...]:
        """List no run: none stands behind a printed number."""
        return ()

    def caution(self, _: Test) -> str:
        """Say nothing: there is nothing to beware of."""
        return ""


class NothingPrinted(FiguresPrinted):
    """A study that nobody has published anything of: its tables do not mention it."""


@dataclass(frozen=True)
class Basis:
    """What claims are tested on: a study's quantities in one of its settings.

    Attributes:
        quantities: that the tests name.
        suffix: of the names of the setting's tables; empty for the first.
        notes: of these tables: what the draws are of, which runs are missing.
    """

    quantities: Quantities
    suffix: str = ""
    notes: tuple[str, ...] = ()
