"""Every table and figure of a Diving48 study: the paper's and their statistics, then what the choices change."""

from dataclasses import replace
from functools import partial
from typing import Any

from analysis.content.mistakes import Mistakes
from analysis.content.sprite import Player
from analysis.diving48 import figures, tables
from analysis.diving48.data.study import DivingStudy, display_domain
from analysis.diving48.measures import Measures, all_measures
from analysis.diving48.page.clips import mistaken_clips
from analysis.diving48.qualitative import shown_experiment
from analysis.diving48.rows import seed_notes, status_notes
from analysis.diving48.sensitivity.curve import curve
from analysis.diving48.sensitivity.halves import HalfMeasures
from analysis.diving48.sensitivity.heterogeneity import heterogeneity
from analysis.diving48.sensitivity.mistakes import mistake_tables
from analysis.diving48.sensitivity.selection import selection_tables
from analysis.diving48.sensitivity.specifications import specification_table
from analysis.diving48.sensitivity.texture_axis import texture_axis
from analysis.diving48.sensitivity.wrong_clips import mistakes, taken
from analysis.diving48.study import Diving48, named_halves
from analysis.published.tables import TABLE_OF_EXPERIMENT
from analysis.runs.load import V
from analysis.runs.matching import TOLERANCE
from analysis.studies.base import Figures, Runs
from analysis.studies.videos import CODEC, PRIMARY
from analysis.table.tables import Table, with_needs
from xdomain.studies.diving48 import UNMODIFIED


class CompleteDiving48(Diving48):
    """The Diving48 study with the tables and the figure of its choices."""

    def tables(self, loaded: DivingStudy, tolerance: float) -> dict[str, Table]:
        """Make every table of every setting, Table 1 first."""
        return diving_tables(loaded, tolerance)

    def halved_tables(self, loaded: DivingStudy, tolerance: float) -> dict[str, Table]:
        """Make the tables of matched checkpoints that one half of the validation clips chose and the other measured."""
        halves = [HalfMeasures(loaded, each.setting, tolerance, each) for each in all_measures(loaded, tolerance)]
        return named_halves(table for measures in halves for table in tables.matched_tables(measures))

    def figures(self, loaded: DivingStudy, tolerance: float) -> Figures:
        """Return Figs. 5, 6, effective robustness, the texture axis and the specification curve."""
        return diving_figures(loaded, tolerance)

    def mistakes(self, loaded: DivingStudy, tolerance: float) -> list[Mistakes]:
        """List clips that the matched checkpoints of the first setting get wrong."""
        return mistakes(all_measures(loaded, tolerance)[0])

    def mistaken_clips(self, loaded: DivingStudy, runs: Runs, tolerance: float) -> list[Player]:
        """Show one that each model of an experiment gets wrong, in every domain."""
        return mistaken_clips(runs, display_domain, taken(all_measures(loaded, tolerance)[0]))


def diving_tables(study: DivingStudy, tolerance: float = TOLERANCE) -> dict[str, Table]:
    """Make every table of the study by name, Table 1 first; other splits and mask sets have names with a suffix."""
    made = [table for measures in all_measures(study, tolerance) for table in _of_setting(measures)]
    needs = [run for measures in all_measures(study, tolerance) for run in _needs_of_all(measures, UNMODIFIED, CODEC)]
    made.append(replace(specification_table(study, tolerance), needs=tuple(dict.fromkeys(needs))))
    return tables.diving_tables(study, tolerance) | {table.name: table for table in made}


def diving_figures(study: DivingStudy, tolerance: float = TOLERANCE) -> Figures:
    """Map file stems to what draws a figure and the tables that its points are cells of."""
    own: Figures = {"specification-curve": (partial(curve, study, tolerance), ("specifications",))}
    for measures in all_measures(study, tolerance):
        suffix = measures.setting.suffix
        own[f"texture-axis{suffix}"] = (
            partial(texture_axis, measures),
            tuple(f"table{n}{suffix}" for n in TABLE_OF_EXPERIMENT.values()),
        )
    return figures.diving_figures(study, tolerance) | own


def _of_setting(measures: Measures) -> list[Table]:
    suffix, notes = measures.setting.suffix, (*seed_notes(measures), *status_notes(measures))
    made = [*mistake_tables(measures), *selection_tables(measures), heterogeneity(measures)]
    needs = _needs_of_all(measures)
    return [
        replace(
            table,
            name=table.name + suffix,
            rows=tuple(with_needs(row, _needs(measures, row)) for row in table.rows),
            notes=(*table.notes, *notes),
            needs=needs,
        )
        for table in made
    ]


def _needs_of_all(measures: Measures, *more: str) -> tuple[str, ...]:
    """List every training of the experiments, evaluated in the masked domains and `more`."""
    trainings = tuple(dict.fromkeys(run for entry in measures.entries for run in entry.trainings))
    return measures.needs(trainings, *PRIMARY, *more)


def _needs(measures: Measures, row: dict[str, Any]) -> tuple[str, ...]:
    """List the runs that a row takes: its model's trainings, evaluated in the domains of its ratio, else in all."""
    letter = row.get("experiment", shown_experiment(measures))
    entries = [e for e in measures.entries if e.experiment == letter and e.role == row["model"]]
    trainings = tuple(run for entry in entries for run in entry.trainings)
    domains = row["ratio"].split("/") if "ratio" in row else PRIMARY
    return measures.needs(trainings, *(domain for domain in domains if domain != V))
