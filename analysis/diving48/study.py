"""The analysis of the Diving48 study and its variants."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis.content.finding import Finding
from analysis.content.sprite import Player
from analysis.diving48.data.load import load_diving
from analysis.diving48.data.study import DivingStudy, display_domain
from analysis.diving48.figures import diving_figures
from analysis.diving48.measures import all_measures
from analysis.diving48.page.clips import video_clips
from analysis.diving48.page.contrasts import diving_contrasts
from analysis.diving48.page.findings import diving_finding
from analysis.diving48.rows import about_checkpoints
from analysis.diving48.tables import diving_tables
from analysis.plotting.style import role_styles
from analysis.published.tables import TABLE_OF_EXPERIMENT
from analysis.runs.expected import Damaged
from analysis.studies.base import PAPERS_QUESTION, Figures, MatchedCheckpoint, Runs, StudyAnalysis
from analysis.table.tables import Table
from xdomain.specs.spec import RunSpec
from xdomain.specs.videos import VideoEvaluation, VideoTraining
from xdomain.studies import diving48

WHOLE_TRAININGS = ("table16", "table17", "effective-lines")  # tables of all checkpoints of a training
HALVES = "-halves"  # ends the names of tables of `--halves`
EXPERIMENT_OF_TABLE = {f"table{number}": letter for letter, number in TABLE_OF_EXPERIMENT.items()}


def named_halves(tables: Iterable[Table]) -> dict[str, Table]:
    """Name tables as those of `--halves`, by that name."""
    return {(name := f"{table.name}{HALVES}"): replace(table, name=name) for table in tables}


class Diving48(StudyAnalysis[DivingStudy]):
    """`diving48` is the six trainings of the experiments with their evaluations, plus what else was launched.

    A paper's model of another width stays out. A variant, such as `diving48-demo`, is what was launched under that
    name.
    """

    key, title, question = diving48.STUDY, "Diving48", PAPERS_QUESTION

    def command(self, study_key: str) -> str:
        """Name the command that launches the trainings."""
        return "python -m jobs.launch diving --exp all" if study_key == self.key else super().command(study_key)

    def paper_runs(self, study_key: str, begun: Iterable[RunSpec]) -> list[RunSpec]:
        """List the paper's runs; the evaluations with every mask set that one was made with, else the default's."""
        if study_key != self.key:
            return []
        trainings = [diving48.training(model) for model in diving48.models_of("abcdefgh")]
        masks = sorted({spec.data.masks for spec in begun if isinstance(spec, VideoEvaluation)})
        names = masks or [trainings[0].data.masks]
        evaluations = [spec.evaluation(domain, m) for spec in trainings for m in names for domain in diving48.DOMAINS]
        return [*trainings, *evaluations]

    def is_outside(self, spec: RunSpec) -> bool:
        """Tell whether a run is of a paper's model in another width."""
        return spec.study_key == self.key and diving48.WIDTHS.get(spec.model.name) not in (None, spec.model.hidden)

    def load(self, study_key: str, runs_root: Path | None = None, damaged: Damaged | None = None) -> DivingStudy:
        """Read and check the runs."""
        return load_diving(study_key, runs_root, damaged, self)

    def tables(self, loaded: DivingStudy, tolerance: float) -> dict[str, Table]:
        """Make every table of every setting, Table 1 first."""
        return diving_tables(loaded, tolerance)

    def figures(self, loaded: DivingStudy, tolerance: float) -> Figures:
        """Return Figs. 5, 6 and effective robustness."""
        return diving_figures(loaded, tolerance)

    def specs(self, loaded: DivingStudy) -> dict[str, RunSpec]:
        """Return the expected runs, the evaluations in every domain that nobody has launched, and Table 17's rows."""
        return {**{spec.id: spec for spec in map(diving48.variant, diving48.TABLE_17)}, **loaded.specs}

    def matches(self, loaded: DivingStudy, tolerance: float) -> list[MatchedCheckpoint]:
        """List the checkpoint of every training in every experiment that it has one for."""
        entries = {
            (entry.experiment, training): MatchedCheckpoint(
                entry.experiment, entry.role, training, match.epoch, match.accuracy
            )
            for measures in all_measures(loaded, tolerance)
            for entry in measures.matched
            for training, match in entry.matches.items()
        }
        return list(entries.values())

    def shows_experiment(self, experiment: str, table: str, row: dict[str, Any]) -> bool:
        """Tell whether a row is of the experiment: by its own letter, or its table's; without one it is of all.

        No row of halves is: one half of the validation clips matched other epochs, which the row itself names.
        """
        if table.endswith(HALVES) or table.startswith(WHOLE_TRAININGS):
            return False
        letter = row.get("experiment") or EXPERIMENT_OF_TABLE.get(table.partition("-")[0])
        return letter in (None, experiment)

    def other_studies(self, study_key: str) -> str:
        """Name the studies of Table 17's rows."""
        return f"{study_key}-table17.*"

    def facts(self, runs: Runs) -> dict[str, Iterable[str]]:
        """State splits, clips and domains."""
        trainings = [spec for spec, _ in runs if isinstance(spec, VideoTraining)]
        evaluations = [spec for spec, _ in runs if isinstance(spec, VideoEvaluation)]
        return {
            "Split": (spec.source for spec in trainings),
            "Clips": map(_clips, trainings),
            "Evaluated on": (display_domain(spec.evaluates) for spec in evaluations),
        }

    def findings(self, tables: dict[str, Table]) -> list[Finding]:
        """Find the mean ratios of every setting."""
        pairs = [table for name, table in tables.items() if name.startswith("contrasts-average")]
        averages = [table for name, table in tables.items() if name.startswith("table1-intervals")]
        return [diving_finding(*both, role_styles()) for both in zip(averages, pairs, strict=True)]

    def contrasts(self, tables: dict[str, Table]) -> list[Finding]:
        """Show the differences of ratios, averaged over experiments, of every setting."""
        return [
            diving_contrasts(t, is_papers=True) for name, t in tables.items() if name.startswith("contrasts-average")
        ]

    def certainty(self, loaded: DivingStudy, tolerance: float) -> str:
        """Say where one seed stands for a model."""
        return about_checkpoints(all_measures(loaded, tolerance)[0])

    def clips(self, runs: Runs) -> tuple[list[Player], list[str]]:
        """Show a few test clips in every domain."""
        return video_clips(runs, display_domain)


def _clips(spec: VideoTraining) -> str:
    data = spec.data
    return f"{data.dataset}, {data.frames} frames of {data.side}×{data.side}, {data.val_clips:,} held out"
