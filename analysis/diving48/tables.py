"""The Diving48 tables of a study: robustness ratios by experiment (Tables 2 to 5, 8 to 11) and on average (Table 1)."""

from dataclasses import replace
from typing import cast

import numpy as np
import pandas as pd

from analysis.diving48.accuracies import accuracies, curves_of, decomposition
from analysis.diving48.comparisons import average_contrasts, contrasts, paired_tests
from analysis.diving48.curves.table import curve_table
from analysis.diving48.data.study import DivingStudy
from analysis.diving48.effective import effective_tables
from analysis.diving48.entries import Entry
from analysis.diving48.measures import Measures, all_measures
from analysis.diving48.models import parameters, variants
from analysis.diving48.qualitative import qualitative_tables
from analysis.diving48.rows import (
    EPOCHS,
    INTERVALS,
    MODEL,
    RUNS,
    V_AND_SE,
    distinct_checkpoints,
    matched_columns,
    needs_of_matched,
    runs_of,
    seed_notes,
    status_notes,
)
from analysis.published.qualitative import PUBLISHED
from analysis.published.tables import (
    ASTERISK,
    LOWER_IS_BETTER,
    NO_TEXTURE,
    RATIOS,
    TABLE_OF_EXPERIMENT,
    TEST_CLIPS,
    VALIDATION_CLIPS,
    published_ratios,
)
from analysis.runs.matching import TOLERANCE
from analysis.statistics.ratios import log_ratio_variance_independent, ratio_interval
from analysis.studies.videos import PRIMARY
from analysis.table.samples import Sample, mean_once
from analysis.table.tables import ROW, Cell, Column, Count, Estimate, Table, significant, with_needs
from xdomain.studies.diving48 import EXPERIMENTS

EXPERIMENTS_DONE = Column("runs", "Experiments")


def diving_tables(study: DivingStudy, tolerance: float = TOLERANCE) -> dict[str, Table]:
    """Make every table of the study by name, Table 1 first; other splits and mask sets have names with a suffix."""
    made = [table for measures in all_measures(study, tolerance) for table in _of_setting(measures)]
    return {table.name: table for table in (*made, parameters(study), variants(study))}


def matched_tables(measures: Measures) -> list[Table]:
    """Make the tables of what is measured of the matched checkpoints, Table 1 first."""
    tables = [
        *_averages(measures),
        _common(measures),
        *(_experiment(measures, letter) for letter in EXPERIMENTS),
        accuracies(measures),
        decomposition(measures),
        contrasts(measures),
        average_contrasts(measures),
        paired_tests(measures),
    ]
    return [_finished(table, measures) for table in tables]


def _of_setting(measures: Measures) -> list[Table]:
    tables = [
        *effective_tables(measures),
        *qualitative_tables(measures),
        *([curve_table(curves_of(measures), measures.design.title, (INTERVALS,))] if measures.study.curves else []),
    ]
    return [*matched_tables(measures), *(_finished(table, measures) for table in tables)]


def _finished(table: Table, measures: Measures) -> Table:
    """Add the setting to the table's name, and its state to the notes."""
    return replace(table, name=table.name + measures.setting.suffix, notes=(*table.notes, *status_notes(measures)))


def _experiment(measures: Measures, letter: str) -> Table:
    experiment = EXPERIMENTS[letter]
    published = published_ratios().query("experiment == @letter").set_index("model")
    rows = []
    for entry in (entry for entry in measures.entries if entry.experiment == letter):
        samples = {name: measures.ratio(entry, *name.split("/")) for name in RATIOS}
        mark = NO_TEXTURE if samples["T/S1"].value >= 1 else ""
        row = {"model": entry.role, **matched_columns(entry)}
        for name in RATIOS:
            row[name] = samples[name].estimate(mark if name == "T/V" else "")
            row[f"{name} paper"] = _published(name, cast(float, published.at[entry.role, name]), experiment.level)
        row["runs"] = runs_of(measures, entry, PRIMARY)
        own = {name: measures.needs(entry.trainings, *name.split("/")) for name in RATIOS}
        rows.append(with_needs(row, measures.needs(entry.trainings, *PRIMARY), own | needs_of_matched(measures, entry)))
    columns = [column for name in RATIOS for column in _beside_the_paper(name)]
    return Table(
        f"table{TABLE_OF_EXPERIMENT[letter]}",
        f"Diving48, experiment {letter}: robustness ratios at {100 * experiment.level:g} % validation accuracy",
        (MODEL, V_AND_SE, EPOCHS, *columns, RUNS),
        tuple(rows),
        (
            "S1/V, S2/V, T/V: accuracy in the domain ÷ validation accuracy of the same checkpoint, as the paper "
            "defines it; V is on other clips (see decomposition). Of several seeds: the ratio of their mean "
            "accuracies. SE: binomial standard error of V.",
            ASTERISK,
            INTERVALS,
            "paper: as published; its intervals follow from its numbers of clips (1,970 test, 1,502 validation) taken "
            "as independent, which is too short; T/S1 is on the same clips and needs the paired answers.",
            "Runs: finished of the training and its evaluations on S1, S2 and T.",
        ),
        (),
        measures.needs(measures.trainings(letter), *PRIMARY),
    )


def _published(name: str, value: float, level: float) -> Estimate:
    """Show a published ratio to V with the interval that its accuracies and numbers of clips make."""
    if not name.endswith("/V"):
        return Estimate(value)
    return Estimate(
        value,
        *ratio_interval(value, log_ratio_variance_independent(value * level, TEST_CLIPS, level, VALIDATION_CLIPS)),
    )


def _beside_the_paper(name: str) -> tuple[Column, Column]:
    three = significant(3)
    return Column(name, name, three, True, name in LOWER_IS_BETTER), Column(f"{name} paper", "paper", three, under=name)


def _averages(measures: Measures) -> list[Table]:
    """Make Table 1 in the paper's layout, and the same means with their intervals."""
    printed = pd.read_csv(PUBLISHED / "table1_average_ratios.csv").set_index("model")
    rows, long = {role: {"model": role} for role in printed.index}, []
    taken: dict[str, dict[str, tuple[str, ...]]] = {role: {} for role in rows}
    for name in RATIOS:
        for role, row in rows.items():
            entries = [entry for entry in measures.entries if entry.role == role]
            trainings = tuple(dict.fromkeys(run for entry in entries for run in entry.trainings))
            taken[role] |= {name: measures.needs(trainings, *name.split("/")), ROW: measures.needs(trainings, *PRIMARY)}
            samples = [(entry, measures.ratio(entry, *name.split("/"))) for entry in entries]
            present = [(entry, sample) for entry, sample in samples if not sample.why]
            count = Count(len(present), len(entries))
            values = pd.Series([sample.value for _, sample in present], dtype=float)
            ids = tuple(dict.fromkeys(run for _, sample in present for run in sample.ids))
            mean = float(values.mean())
            spread = 0.0 if values.nunique() == 1 and len(values) > 1 else float(values.std())  # else rounding's 1e-16
            of_paper = [cast(float, printed.at[role, key]) for key in (name, f"{name}_std")]
            row[f"{name} paper"] = f"{of_paper[0]:#.3g} ± {of_paper[1]:#.2g}"
            row["runs"] = max(count, row.get("runs", count), key=lambda runs: runs.n)
            draws = np.mean([sample.draws for _, sample in present], axis=0) if present else np.empty(0)
            estimate = measures.sample(mean, draws, ids).estimate() if present else Estimate(mean)
            row[name] = Cell(mean, spread, count, ids, sample=estimate.sample)
            line = {"ratio": name, "model": role, "mean": estimate, "runs": count}
            line["checkpoints"] = distinct_checkpoints(entry for entry, _ in present)
            long.append(with_needs(line, taken[role][name]))
    columns = [
        column
        for name in RATIOS
        for column in (
            Column(name, name, significant(3), True, name in LOWER_IS_BETTER, significant(2)),
            Column(f"{name} paper", "paper", under=name),
        )
    ]
    needs = measures.needs(measures.trainings(), *PRIMARY)
    means = (
        "Mean of the experiments' ratios (not the ratio of their means) over the experiments in which the model took "
        "part and has a checkpoint. Higher is better for S1/V and S2/V, lower for T/V and T/S1.",
        "A checkpoint that serves two experiments is one observation: a deviation over experiments counts it twice; "
        "table1-common counts it once, and compares models over the experiments that they share.",
    )
    return [
        Table(
            "table1",
            "Diving48: robustness ratios averaged over experiments a–h",
            (MODEL, *columns, EXPERIMENTS_DONE),
            tuple(with_needs(row, taken[role][ROW], taken[role]) for role, row in rows.items()),
            (*means, "±: sample standard deviation (n − 1) over experiments, as in the paper; no standard error."),
            (),
            needs,
        ),
        Table(
            "table1-intervals",
            "Diving48: robustness ratios averaged over experiments a–h, with intervals",
            (
                Column("ratio", "Ratio"),
                MODEL,
                Column("mean", "Mean [95 %]", significant(3)),
                EXPERIMENTS_DONE,
                Column("checkpoints", "Distinct checkpoints"),
            ),
            tuple(long),
            (*means, INTERVALS),
            ("ratio",),
            needs,
        ),
    ]


def _common(measures: Measures) -> Table:
    """Average Table 1 over the experiments that all models share, and with every checkpoint counted once."""
    published = published_ratios().set_index(["experiment", "model"])
    rows = []
    for name in RATIOS:
        samples = {entry: measures.ratio(entry, *name.split("/")) for entry in measures.entries}
        there = {entry: sample for entry, sample in samples.items() if not sample.why}
        roles = list(dict.fromkeys(entry.role for entry in there))
        letters = [letter for letter in EXPERIMENTS if all((letter, role) in _places(there) for role in roles)]
        for role in dict.fromkeys(entry.role for entry in measures.entries):
            own = {entry: sample for entry, sample in there.items() if entry.role == role}
            shared = {entry: sample for entry, sample in own.items() if entry.experiment in letters}
            printed = [
                cast(float, published.at[(letter, role), name])
                for letter in letters
                if (letter, role) in published.index
            ]
            trainings = tuple(dict.fromkeys(run for e in measures.entries if e.role == role for run in e.trainings))
            line = {
                "ratio": name,
                "model": role,
                "common": _mean_once(shared).estimate(),
                "experiments": ", ".join(letters) if shared else "",
                "published": Estimate(float(np.mean(printed)) if printed and shared else float("nan")),
                "own": _mean_once(own).estimate(),
                "checkpoints": distinct_checkpoints(own),
            }
            rows.append(with_needs(line, measures.needs(trainings, *name.split("/")), {"published": ()}))
    three = significant(3)
    return Table(
        "table1-common",
        "Diving48: robustness ratios averaged over the experiments that all models share, each checkpoint once",
        (
            Column("ratio", "Ratio"),
            MODEL,
            Column("common", "Shared experiments [95 %]", three),
            Column("experiments", "Experiments"),
            Column("published", "Published, over the same", three),
            Column("own", "All its own, each checkpoint once [95 %]", three),
            Column("checkpoints", "Distinct checkpoints"),
        ),
        tuple(rows),
        (
            "Table 1 averages over different experiments for different models: compare them over those that all models "
            "with a checkpoint share. There, too, the same checkpoint in two experiments counts once; the published "
            "means are over experiments, since their checkpoints are not known. Differences: contrasts-average.",
            INTERVALS,
            *seed_notes(measures),
        ),
        ("ratio",),
        measures.needs(measures.trainings(), *PRIMARY),
    )


def _places(entries: dict[Entry, Sample]) -> set[tuple[str, str]]:
    return {(entry.experiment, entry.role) for entry in entries}


def _mean_once(samples: dict[Entry, Sample]) -> Sample:
    return mean_once((entry.checkpoints, sample) for entry, sample in samples.items())
