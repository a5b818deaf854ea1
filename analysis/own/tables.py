"""The tables of a study that one file describes: ratios, accuracies, what they are made of, classes, models."""

from dataclasses import replace

import numpy as np

from analysis.diving48.accuracies import accuracies, curves_of, decomposition
from analysis.diving48.comparisons import average_contrasts, contrasts, paired_tests
from analysis.diving48.curves.table import curve_table
from analysis.diving48.data.study import DivingStudy, display_domain
from analysis.diving48.effective import effective_tables
from analysis.diving48.measures import Measures, all_measures
from analysis.diving48.rows import (
    EPOCHS,
    EXPERIMENT,
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
from analysis.diving48.sensitivity.halves import HalfMeasures
from analysis.diving48.study import named_halves
from analysis.published.tables import LOWER_IS_BETTER
from analysis.runs.load import V
from analysis.table.samples import mean_once
from analysis.table.tables import Column, Count, Estimate, Table, percent, significant, with_needs
from xdomain.domains.registry import TEMPORAL

RATIO_OF = (
    "D/V: accuracy in a domain ÷ validation accuracy of the same checkpoint, which is on other clips (decomposition); "
    "of several seeds the ratio of their mean accuracies."
)


def own_tables(study: DivingStudy, tolerance: float) -> dict[str, Table]:
    """Make every table of the study by name, the averaged ratios first; other mask sets have names with a suffix."""
    made = [table for measures in all_measures(study, tolerance) for table in _of_setting(measures)]
    return {table.name: table for table in (*made, models(study))}


def halved_tables(study: DivingStudy, tolerance: float) -> dict[str, Table]:
    """Make the tables of matched checkpoints that one half of the validation clips chose and the other measured."""
    halves = [HalfMeasures(study, each.setting, tolerance, each) for each in all_measures(study, tolerance)]
    return named_halves(_finished(table, measures) for measures in halves for table in _of_matched(measures))


def _of_setting(measures: Measures) -> list[Table]:
    tables = _of_matched(measures)
    if measures.design.targets(measures.study.domains(measures.setting)):
        tables += effective_tables(measures)
    if measures.study.curves:
        tables.append(curve_table(curves_of(measures), measures.design.title, (INTERVALS,)))
    return [_finished(table, measures) for table in tables]


def _finished(table: Table, measures: Measures) -> Table:
    """Add the setting to the table's name, and its state to the notes."""
    return replace(table, name=table.name + measures.setting.suffix, notes=(*table.notes, *status_notes(measures)))


def _of_matched(measures: Measures) -> list[Table]:
    tables = [
        ratios(measures),
        *(_experiment(measures, letter) for letter in measures.design.experiments),
        accuracies(measures),
        contrasts(measures),
        average_contrasts(measures),
        paired_tests(measures),
        classes(measures),
    ]
    if measures.design.targets(measures.study.domains(measures.setting)):
        tables.append(decomposition(measures))
    return tables


def ratios(measures: Measures) -> Table:
    """Average each ratio over the experiments, every checkpoint counted once."""
    rows = []
    for name in measures.design.ratios:
        for role in measures.design.roles:
            entries = [entry for entry in measures.entries if entry.role == role]
            trainings = tuple(dict.fromkeys(run for entry in entries for run in entry.trainings))
            samples = [(entry, measures.ratio(entry, *name.split("/"))) for entry in entries]
            present = [entry for entry, sample in samples if not sample.why]
            row = {
                "ratio": name,
                "model": role,
                "mean": mean_once((entry.checkpoints, sample) for entry, sample in samples).estimate(),
                "runs": Count(len(present), len(entries)),
                "checkpoints": distinct_checkpoints(present),
            }
            rows.append(with_needs(row, measures.needs(trainings, *name.split("/"))))
    return Table(
        "ratios",
        f"{measures.design.title}: robustness ratios averaged over experiments",
        (
            Column("ratio", "Ratio"),
            MODEL,
            Column("mean", "Mean [95 %]", significant(3)),
            Column("runs", "Experiments"),
            Column("checkpoints", "Distinct checkpoints"),
        ),
        tuple(rows),
        (
            RATIO_OF,
            "Mean of the experiments' ratios over those in which the model takes part and has a checkpoint; a "
            "checkpoint that serves two counts once. Models are compared in contrasts.",
            INTERVALS,
            *seed_notes(measures),
        ),
        ("ratio",),
        measures.needs(measures.trainings(), *measures.study.domains(measures.setting)),
    )


def _experiment(measures: Measures, letter: str) -> Table:
    names, level = measures.design.ratios, measures.design.experiments[letter].level
    domains = tuple(dict.fromkeys(part for name in names for part in name.split("/") if part != V))
    rows = []
    for entry in (entry for entry in measures.entries if entry.experiment == letter):
        row = {"model": entry.role, **matched_columns(entry)}
        row |= {name: measures.ratio(entry, *name.split("/")).estimate() for name in names}
        row["runs"] = runs_of(measures, entry, domains)
        own = {name: measures.needs(entry.trainings, *name.split("/")) for name in names}
        own |= needs_of_matched(measures, entry)
        rows.append(with_needs(row, measures.needs(entry.trainings, *domains), own))
    three = significant(3)
    return Table(
        f"experiment-{letter}",
        f"{measures.design.title}, experiment {letter}: robustness ratios {level_text(level)}",
        (
            MODEL,
            V_AND_SE,
            EPOCHS,
            *(Column(name, name, three, _has_best(name), name in LOWER_IS_BETTER) for name in names),
            RUNS,
        ),
        tuple(rows),
        (RATIO_OF, "SE: binomial standard error of V.", INTERVALS, "Runs: finished of the training and evaluations."),
        (),
        measures.needs(measures.trainings(letter), *domains),
    )


def _has_best(ratio: str) -> bool:
    """Tell whether one end of the ratio is the better one; that a model needs the order of frames is neither."""
    return ratio.split("/")[0] not in TEMPORAL


def level_text(level: float | None) -> str:
    """Say at which validation accuracy models are compared."""
    return "at each model's best epoch" if level is None else f"at {100 * level:g} % validation accuracy"


def classes(measures: Measures) -> Table:
    """Show the accuracy of every class in every domain, by the matched checkpoints."""
    domains = measures.study.domains(measures.setting)
    rows = []
    for entry in measures.matched:
        found = {domain: measures.answers(entry, domain) for domain in domains}
        labels = next((answers.labels for side in found.values() for answers, _ in side.values()), None)
        if labels is None:
            continue
        for label in np.unique(labels).tolist():
            row = {
                "experiment": entry.experiment,
                "class": _name(measures, label),
                "model": entry.role,
                "clips": int((labels == label).sum()),
            }
            for domain, side in found.items():
                right = [correct[answers.labels == label].mean() for answers, correct in side.values()]
                value = float(np.mean(right)) if right else float("nan")
                row[domain] = Estimate(value, ids=measures.ids(entry, domain), why="not evaluated")
            own = {domain: measures.needs(entry.trainings, domain) for domain in domains}
            rows.append(with_needs(row, measures.needs(entry.trainings, *domains), own))
    return Table(
        "classes",
        f"{measures.design.title}: accuracy (%) of every class, by the matched checkpoints",
        (
            EXPERIMENT,
            Column("class", "Class"),
            MODEL,
            Column("clips", "Test clips"),
            *(Column(domain, display_domain(domain), percent) for domain in domains),
        ),
        tuple(rows),
        ("The mean over seeds. Few clips of a class say little: ten have a standard error of up to 16 points.",),
        ("experiment", "class"),
        measures.needs(measures.trainings(), *domains),
    )


def _name(measures: Measures, label: int) -> str:
    names = measures.design.classes
    return names[label] if label < len(names) else f"class {label}"


def models(study: DivingStudy) -> Table:
    """Show every model of the study with its trainable parameters."""
    trainings = study.runs[study.runs["domain"] == V]
    rows = []
    for model, runs in trainings.groupby("model", sort=False):
        counted = runs.dropna(subset="parameters")
        row = {
            "model": model,
            "name": " / ".join(dict.fromkeys(spec.model.name for spec in runs["spec"])),
            "hidden": " / ".join(str(width) for width in sorted(runs["hidden"].unique())),
            "parameters": " / ".join(f"{count:,}" for count in sorted({int(n) for n in counted["parameters"]})),
            "runs": Count(len(counted), len(runs)),
            "ids": tuple(counted["id"]),
        }
        rows.append(with_needs(row, tuple(runs["id"])))
    return Table(
        "models",
        f"{study.design.title}: models and their trainable parameters",
        (
            MODEL,
            Column("name", "Registered as"),
            Column("hidden", "h"),
            Column("parameters", "Parameters"),
            RUNS,
        ),
        tuple(rows),
        ("h: units per block.", *study.problems),
        (),
        tuple(trainings["id"]),
    )
