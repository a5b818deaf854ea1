"""The analysis of a study that one file describes: the paper's measures, by the study's own experiments and domains."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from analysis.content.finding import Finding
from analysis.diving48.claims.study import VideoClaims
from analysis.diving48.data.load import load_diving
from analysis.diving48.data.study import DivingStudy
from analysis.diving48.page.contrasts import diving_contrasts
from analysis.diving48.page.findings import diving_finding
from analysis.diving48.study import HALVES, Diving48
from analysis.own.figures import own_figures
from analysis.own.tables import halved_tables, own_tables
from analysis.plotting.style import styles_of_roles
from analysis.runs.expected import Damaged
from analysis.studies.base import Figures
from analysis.studies.videos import Design
from analysis.table.tables import Table
from xdomain.domains.registry import split_name
from xdomain.specs.spec import RunSpec
from xdomain.studies.claims_file import Claim, parse_claims
from xdomain.studies.own import OwnStudy

TABLE = "experiment-"  # begins the name of an experiment's own table


class OwnAnalysis(VideoClaims, Diving48):
    """Every run of the study's file is expected, launched or not."""

    def __init__(self, described: OwnStudy) -> None:
        self.key = self.title = described.key
        self.question = described.question
        self._described, self._design = described, design_of(described)

    def command(self, study_key: str) -> str:
        """Name the command that launches the study."""
        return "python -m jobs.launch study, with the study's file"

    def paper_runs(self, study_key: str, begun: Iterable[RunSpec]) -> list[RunSpec]:
        """List the runs of the study's file."""
        return self._described.runs() if study_key == self.key else []

    def is_outside(self, spec: RunSpec) -> bool:
        """Tell that no run is outside."""
        return False

    def load(self, study_key: str, runs_root: Path | None = None, damaged: Damaged | None = None) -> DivingStudy:
        """Read and check the runs."""
        return load_diving(study_key, runs_root, damaged, self, self._design)

    def tables(self, loaded: DivingStudy, tolerance: float) -> dict[str, Table]:
        """Make every table, the averaged ratios first."""
        return own_tables(loaded, tolerance)

    def halved_tables(self, loaded: DivingStudy, tolerance: float) -> dict[str, Table]:
        """Make the tables of matched checkpoints that one half of the validation clips chose and the other measured."""
        return halved_tables(loaded, tolerance)

    def figures(self, loaded: DivingStudy, tolerance: float) -> Figures:
        """Return accuracies by domain, and effective robustness."""
        return own_figures(loaded, tolerance)

    def claims(self) -> list[Claim]:
        """Read the claims that the study's file names, if it names any."""
        text = self._described.claims_text
        return parse_claims(text, f"The file of claims of {self.key}") if text else []

    def shows_experiment(self, experiment: str, table: str, row: dict[str, Any]) -> bool:
        """Tell whether a row is of the experiment: by its own name, or its table's; without one it is of all."""
        if table.endswith(HALVES) or table.startswith(("models", "effective-lines")):
            return False
        if letter := row.get("experiment"):
            return bool(letter == experiment)
        # The name of a mask set may follow.
        return not table.startswith(TABLE) or f"{table}-".startswith(f"{TABLE}{experiment}-")

    def other_studies(self, study_key: str) -> str:
        """Name no further studies."""
        return ""

    def findings(self, tables: dict[str, Table]) -> list[Finding]:
        """Find the mean ratios of every setting."""
        means = [table for name, table in tables.items() if name.partition("-")[0] == "ratios"]
        pairs = [table for name, table in tables.items() if name.startswith("contrasts-average")]
        styles = styles_of_roles(self._design.roles)
        return [diving_finding(mean, pair, styles) for mean, pair in zip(means, pairs, strict=True)]

    def contrasts(self, tables: dict[str, Table]) -> list[Finding]:
        """Show the differences of ratios; the paper has none of the study's models."""
        return [
            diving_contrasts(t, is_papers=False) for name, t in tables.items() if name.startswith("contrasts-average")
        ]


def design_of(described: OwnStudy) -> Design:
    """Say what tables and figures are made by."""
    roles = tuple(dict.fromkeys(role for one in described.experiments.values() for role in one.models))
    curves = severities_among(described.domains)
    domains = tuple(name for name in described.domains if name not in curves)
    targets = tuple(name for name in domains if name not in ("O", "I"))
    ratios = tuple(f"{name}/V" for name in targets or ("O",))
    if {"S1", "T"} <= {*targets}:
        ratios += ("T/S1",)
    return Design(
        described.key,
        described.experiments,
        roles,
        domains,
        (described.split,),
        ratios,
        targets,
        described.model_key,
        described.classes,
        curves,
    )


def severities_among(domains: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Map domains to corruption and severity, of the corruptions that are there in two severities or more."""
    split = {name: (base, severity) for name in domains for base, severity in [split_name(name)] if severity}
    times = Counter(base for base, _ in split.values())
    return {name: point for name, point in split.items() if times[point[0]] > 1}
