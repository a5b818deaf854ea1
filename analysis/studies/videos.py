"""What a study on videos compares: the paper's experiments, or those of a study that a file describes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from analysis.published.tables import RATIOS
from analysis.runs.load import V
from xdomain.specs.spec import RunSpec
from xdomain.studies.claims_file import experiments_named
from xdomain.studies.diving48 import DOMAINS, EXPERIMENTS, ROLES, SPLITS, UNMODIFIED

CODEC = "I"  # the test clips through what every domain goes through but its masks: shown as I′
PRIMARY = ("S1", "S2", "T")  # the paper's domains, chosen before looking


class Experiment(Protocol):
    """Models compared at one validation accuracy."""

    @property
    def level(self) -> float | None:
        """The validation accuracy, in [0, 1]; None: the best epoch of each."""

    @property
    def models(self) -> dict[str, str]:
        """Role in the tables -> model."""


def _registered(spec: RunSpec) -> str:
    return spec.model.key


@dataclass(frozen=True, eq=False)
class Design:
    """The facts that tables and figures of a study on videos are made by.

    Attributes:
        title: of the study, for people.
        experiments: by name, in order.
        roles: the models' names in the tables, in order.
        domains: that every training is evaluated on, but for those of `curves`.
        splits: ways to choose validation clips; the first makes tables without a suffix.
        ratios: of two domains, averaged over experiments.
        primary: domains whose contrasts Holm's correction is over.
        model_of: tells which model a run is of, as `experiments` name them.
        classes: names, in label order; empty: those of the data set in the paper.
        curves: domain -> corruption and severity, of those that are shown against severity.
    """

    title: str
    experiments: Mapping[str, Experiment]
    roles: tuple[str, ...]
    domains: tuple[str, ...]
    splits: tuple[str, ...]
    ratios: tuple[str, ...]
    primary: tuple[str, ...]
    model_of: Callable[[RunSpec], str] = _registered
    classes: tuple[str, ...] = ()
    curves: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        """The domain on the test clips that others are compared with: I′ where it is one of the study's, else O."""
        return CODEC if CODEC in self.domains else UNMODIFIED

    def roles_of(self, letters: Iterable[str]) -> list[str]:
        """List the roles that take part in these experiments, in order."""
        taking_part = {role for letter in letters for role in self.experiments[letter].models}
        return [role for role in self.roles if role in taking_part]

    def letters_in(self, where: str) -> list[str]:
        """Read which experiments a text names: one, several with commas between, or the letters of several."""
        return experiments_named(where, self.experiments)

    def targets(self, domains: Iterable[str]) -> list[str]:
        """Choose the domains that are neither validation clips nor a reference."""
        return [name for name in domains if name not in (V, UNMODIFIED, CODEC)]


PAPER = Design("Diving48", EXPERIMENTS, ROLES, DOMAINS, SPLITS, RATIOS, PRIMARY)
