"""A study's analysis: all that `python -m analysis` asks of a study, whichever it is.

A package of a user's own brings one through an entry point (`analysis/results/registry.py`); tables, figures, the page,
`why`, `bundle` and `verify` then know the study. What launching asks is in `xdomain/studies/base.py`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import pandas as pd
from matplotlib.figure import Figure

from analysis.claims.listing import claims_of
from analysis.claims.quantities import Basis, NothingPrinted, PrintedQuantities
from analysis.claims.tables import claims_tables
from analysis.content.finding import Finding
from analysis.content.mistakes import Mistakes
from analysis.content.sprite import Player
from analysis.runs.expected import Damaged, Grid
from analysis.table.tables import Table
from xdomain.core.errors import UserError
from xdomain.specs.spec import RunSpec
from xdomain.studies.claims_file import Claim

Figures = dict[str, tuple[Callable[[], Figure | None], tuple[str, ...]]]
Runs = Sequence[tuple[RunSpec, dict[str, Any] | None]]  # each expected run with its result.json, where it has one


class Loaded(Protocol):
    """A study's run folders as validated data; `analysis.runs.load.Study` says what its runs' columns are."""

    @property
    def key(self) -> str:
        """Such as `ts` or `ts-demo`."""

    @property
    def runs(self) -> pd.DataFrame:
        """A row per expected run."""

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences on what makes the runs differ more than they should; notes of every table."""

    @property
    def runs_root(self) -> Path | None:
        """Where it was read, if not below the environment's."""


L = TypeVar("L", bound=Loaded)
PAPERS_QUESTION = "Does it matter for robustness across domains whether a video model recurs, attends or convolves?"


class MatchedCheckpoint(NamedTuple):
    """The epoch that stands for a training in a comparison at one validation accuracy."""

    experiment: str  # of the comparison
    model: str  # as its tables name it
    training: str  # id
    epoch: int
    accuracy: float  # on the validation clips, in [0, 1]


class Variances(NamedTuple):
    """How much clips and seeds matter for the logarithm of a ratio: what `python -m analysis power` reckons with."""

    ratio: str  # such as T/S1
    clip_sd: float  # √clips × sd of the difference of two models
    seed_sd: float | None  # sd between seeds; None where no model has two


class StudyAnalysis(Grid, ABC, Generic[L]):
    """The analysis of a study and of its variants, which share its tables and figures.

    What stands below `load` and `tables` may stay as it is here: a study without figures, clips or matched checkpoints.
    """

    key: str  # of the study, such as ts; its variants' begin with ts-
    title: str  # for people
    question: str = ""  # heads the page; empty: the title and the claims do

    @abstractmethod
    def load(self, study_key: str, runs_root: Path | None = None, damaged: Damaged | None = None) -> L:
        """Read and check the runs of the study or a variant; the arguments and errors are those of `load_study`."""

    @abstractmethod
    def tables(self, loaded: L, tolerance: float) -> dict[str, Table]:
        """Make every table by name, the main one first; `tolerance` is how far off a level a checkpoint may be."""

    def halved_tables(self, loaded: L, tolerance: float) -> dict[str, Table]:
        """Make the tables whose checkpoints were chosen on one half of the validation clips and measured on the other.

        Raises:
            UserError: the study chooses no checkpoint by a level of validation accuracy.
        """
        raise UserError(f"--halves: {loaded.key} compares no checkpoints of one accuracy. It is for videos.")

    def figures(self, loaded: L, tolerance: float) -> Figures:
        """Return, by file stem, what draws a figure, and the tables that its points are cells of."""
        return {}

    def figure_tables(self, loaded: L, tolerance: float) -> dict[str, Table]:
        """Make the tables whose cells the figures show."""
        return self.tables(loaded, tolerance)

    def claims(self) -> list[Claim]:
        """Return the claims that are tested with the tables; those about other studies are left out."""
        return []

    def bases(self, loaded: L, tolerance: float, seed_sd: float | None = None) -> list[Basis]:
        """Return the quantities that claims may name, in each setting; of no claim can anything be told without.

        Args:
            loaded: the study.
            tolerance: how far off a level a checkpoint may be.
            seed_sd: known sd of ln A between seeds, for models of one seed.

        Raises:
            UserError: `seed_sd` is given, and the study has no use for it.
        """
        return []

    def printed(self) -> PrintedQuantities:
        """Return what the paper prints of the claims' quantities."""
        return NothingPrinted()

    def claims_tables(
        self,
        loaded: L,
        tolerance: float,
        claims: list[Claim] | None = None,
        name: str = "claims",
        seed_sd: float | None = None,
    ) -> dict[str, Table]:
        """Test claims, the study's own by default, in each setting; the other arguments are those of `bases`."""
        about = claims_of(loaded.key, self.claims() if claims is None else claims)
        return claims_tables(about, self.bases(loaded, tolerance, seed_sd), self.printed(), name) if about else {}

    def seed_tables(self, loaded: L, tolerance: float, seed_sd: float) -> dict[str, Table]:
        """Make the tables that a known sd between seeds changes, beside those of claims."""
        return {}

    def seed_sd(self, loaded: L, tolerance: float) -> float:
        """Measure the sd of ln A between seeds, for studies of one seed to borrow.

        Raises:
            UserError: it has none to lend.
        """
        raise UserError(f"--seed-sd {loaded.key}: a seed sd is borrowed from a study of Diving48.")

    def variances(self, loaded: L, tolerance: float) -> Variances:
        """Measure how much clips and seeds matter for the ratio that the study is about.

        Raises:
            UserError: they cannot be measured on it.
        """
        raise UserError(f"--study {loaded.key}: T/S1 is a ratio of Diving48. Name a study of it.")

    def specs(self, loaded: L) -> dict[str, RunSpec]:
        """Return, by id, every run that a table may need: the expected ones, and others that nobody has launched."""
        return dict(zip(loaded.runs["id"], loaded.runs["spec"], strict=True))

    def matches(self, loaded: L, tolerance: float) -> list[MatchedCheckpoint]:
        """List the epochs that stand for trainings."""
        return []

    def shows_experiment(self, experiment: str, table: str, row: dict[str, Any]) -> bool:
        """Tell whether a table's row, by what tells it apart, is of checkpoints matched for that experiment."""
        return True

    def other_studies(self, study_key: str) -> str:
        """Return a pattern of further folders below the runs root whose runs the tables show; empty: none."""
        return ""

    def private_names(self, specs: Iterable[RunSpec]) -> dict[str, str]:
        """Map folders of this machine that specs name to what a bundle calls them."""
        return {}

    def facts(self, runs: Runs) -> dict[str, Iterable[str]]:
        """State what the page says of the grid beside models, sizes and seeds; repeated values are said once."""
        return {
            "Trained on": (spec.source for spec, _ in runs),
            "Evaluated on": (name for spec, _ in runs for name in spec.targets),
        }

    def findings(self, tables: dict[str, Table]) -> list[Finding]:
        """Say what the tables show first and foremost."""
        return []

    def contrasts(self, tables: dict[str, Table]) -> list[Finding]:
        """Say how far any two models are apart, each difference around 0."""
        return []

    def certainty(self, loaded: L, tolerance: float) -> str:
        """Say in some words what the verdicts on claims are about, such as these checkpoints; empty: the models."""
        return ""

    def clips(self, runs: Runs) -> tuple[list[Player], list[str]]:
        """Return clips that the models saw, as far as they are on this machine, and sentences on those that are not."""
        return [], []

    def mistakes(self, loaded: L, tolerance: float) -> list[Mistakes]:
        """List clips that models get wrong."""
        return []

    def mistaken_clips(self, loaded: L, runs: Runs, tolerance: float) -> list[Player]:
        """Show some of them, as far as they are on this machine."""
        return []

    def leaks(self, runs: Runs) -> list[str]:
        """Say which evaluation clips also stand in the training clips: how they get there, then a sentence for each."""
        return []
