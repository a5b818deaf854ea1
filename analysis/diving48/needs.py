"""Which runs the Diving48 tables are of: trainings of an experiment's models, and their evaluations on domains."""

import re
from collections.abc import Iterable
from typing import Any

from analysis.diving48.load import CODEC, DivingStudy
from analysis.diving48.measures import Measures, all_measures
from analysis.diving48.qualitative import shown_experiment
from analysis.published.tables import TABLE_OF_EXPERIMENT
from analysis.runs.load import V
from analysis.table.tables import Table
from xdomain.specs.spec import RunSpec
from xdomain.specs.videos import VideoTraining
from xdomain.studies.diving48 import UNMODIFIED

SHAPES_AND_TEXTURE = ("S1", "S2", "T")
QUALITATIVE = ("table6", "table7", "table12", "table13", "table14")
MODELS = ("table16", "table17")  # of all splits, trainings only
EXPERIMENT_OF_TABLE = {f"table{number}": letter for letter, number in TABLE_OF_EXPERIMENT.items()}
OF_THE_PAPER = ("table1", "table1-intervals", *EXPERIMENT_OF_TABLE, *QUALITATIVE)
COMPARED_WITH = {  # the domains that a row's own is compared with
    "decomposition": (UNMODIFIED, CODEC),
    "contrasts": (CODEC,),
    "effective-lines": (CODEC,),
    "effective-matched": (CODEC,),
}
FROM_THE_TRAINING = ("V", "epochs")  # columns that need no evaluation


class DivingNeeds:
    """A training stands in every table of its model; a domain's evaluation only where the domain is shown."""

    def __init__(self, study: DivingStudy, tolerance: float) -> None:
        self._settings = all_measures(study, tolerance)
        self._runs = study.runs[["id", "source", "model", "domain"]].to_dict("records")
        self.specs: dict[str, RunSpec] = dict(zip(study.runs["id"], study.runs["spec"], strict=True))

    def of_table(self, table: Table) -> tuple[str, ...]:
        """List the runs of the table's experiments in its domains."""
        return self._needed(table, {}, self._domains(table, {}, ""))

    def of_cell(self, table: Table, row: dict[str, Any], key: str) -> tuple[str, ...]:
        """List the runs of the row's models and experiment, in the cell's domains."""
        return self._needed(table, row, self._domains(table, row, key))

    def _needed(self, table: Table, row: dict[str, Any], domains: Iterable[str]) -> tuple[str, ...]:
        measures, name = self._setting(table)
        trainings = self._trainings(measures, name, row)
        needed: list[RunSpec] = []
        for training in trainings:
            spec = self.specs[training]
            assert isinstance(spec, VideoTraining), training
            needed += [spec, *(spec.evaluation(domain, measures.setting.masks) for domain in domains)]
        for spec in needed:
            self.specs.setdefault(spec.id, spec)
        return tuple(dict.fromkeys(spec.id for spec in needed))

    def _setting(self, table: Table) -> tuple[Measures, str]:
        """Return the measures that a table shows, and its name without their suffix."""
        settings = [measures for measures in self._settings if table.name.endswith(measures.setting.suffix)]
        measures = max(settings, key=lambda measures: len(measures.setting.suffix))
        return measures, table.name.removesuffix(measures.setting.suffix)

    def _trainings(self, measures: Measures, name: str, row: dict[str, Any]) -> list[str]:
        split = measures.setting.split
        trainings = [run for run in self._runs if run["domain"] == V]
        if name in MODELS:
            model = row.get("name")
            return [run["id"] for run in trainings if model is None or run["model"] == model]
        if name == "effective-lines":  # one line through the checkpoints of all models
            return [run["id"] for run in trainings if run["source"] == split]
        letter = EXPERIMENT_OF_TABLE.get(name) or row.get("experiment")
        if name in QUALITATIVE:
            letter = shown_experiment(measures)
        compared = f"{row.get('model', '')} {row.get('comparison', '')}".strip()
        entries = [
            entry
            for entry in measures.entries
            if entry.experiment == (letter or entry.experiment) and (not compared or entry.role in compared)
        ]
        return list(dict.fromkeys(training for entry in entries for training in entry.trainings))

    def _domains(self, table: Table, row: dict[str, Any], key: str) -> tuple[str, ...]:
        measures, name = self._setting(table)
        if name in MODELS or key in FROM_THE_TRAINING:
            return ()
        known = measures.study.domains(measures.setting)
        for text in (key, row.get("ratio", ""), row.get("domain", "")):
            if named := [domain for domain in re.split(r"[/, ]+", text.replace("I′", CODEC)) if domain in known]:
                return tuple(dict.fromkeys((*named, *COMPARED_WITH.get(name, ()))))
        return SHAPES_AND_TEXTURE if name in OF_THE_PAPER else tuple(known)
