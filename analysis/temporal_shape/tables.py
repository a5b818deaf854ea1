"""The Temporal Shape tables: average accuracy, accuracy and robustness by size, parameter counts."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.plotting.style import DOMAIN_NAMES, ordered_domains, targets_by_distance
from analysis.runs.load import Study, V
from analysis.runs.notes import completeness, first_few
from analysis.table.tables import (
    BOLD,
    INCOMPLETE,
    RUNS,
    Cell,
    Column,
    Count,
    Table,
    cells_by,
    percent,
    ratio,
    with_needs,
)
from analysis.temporal_shape.contrasts import contrasts
from analysis.temporal_shape.crossed import constants, floor_text, with_draws
from analysis.temporal_shape.measures import (
    HELD_OUT,
    accuracy_by_size,
    average_accuracy,
    outcomes,
    parameter_counts,
    robustness_by_size,
    robustness_ratios,
)
from analysis.temporal_shape.statistics import statistics_tables
from xdomain.models import display_name
from xdomain.runs.run_folder import DIVERGED, FINISHED
from xdomain.studies.temporal_shape import CLASSES, DOMAINS

PUBLISHED = Path(__file__).parent.parent / "published" / "temporal_shape_parameters.csv"
SOURCE = Column("source", "Trained on", DOMAIN_NAMES.__getitem__)
MODEL = Column("model", "Model", display_name)
HIDDEN = Column("hidden", "h")
CHANCE = 1 / len(CLASSES)


def tables(study: Study) -> dict[str, Table]:
    """Make every table of the study by name, the main one first."""
    status = _status_notes(study, study.runs)
    added = [replace(table, notes=(*table.notes, *status)) for table in (*statistics_tables(study), contrasts(study))]
    return paper_tables(study) | {table.name: table for table in added}


def paper_tables(study: Study) -> dict[str, Table]:
    """Make those tables that the paper has, whose cells its figures show."""
    rows = outcomes(study)
    made = [_average(study, average_accuracy(rows))]
    by_size, robustness = accuracy_by_size(rows), robustness_by_size(robustness_ratios(rows))
    for source in rows["source"].cat.categories:
        made.append(_by_size(study, source, by_size[by_size["source"] == source]))
        made.append(_robustness(study, source, robustness[robustness["source"] == source]))
    made.append(_parameters(study))
    return {table.name: table for table in made}


def _average(study: Study, frame: pd.DataFrame) -> Table:
    caution = () if study.is_complete else ("Rows over different runs also differ in the sizes they cover.",)
    return Table(
        "accuracy-average",
        "Temporal Shape: average accuracy (%) by domain",
        (SOURCE, MODEL, *_accuracy_columns(frame), RUNS),
        _counted(with_draws(study, cells_by(frame, ["source", "model"], "domain"))),
        (
            "Mean ± sample standard deviation, pooled over sizes and seeds as in the paper's Fig. 3: the "
            "deviation mixes the effect of a model's size with that of its seed.",
            *_accuracy_notes(study),
            *_status_notes(study, study.runs),
            *caution,
        ),
        ("source",),
        tuple(study.runs["id"]),
    )


def _by_size(study: Study, source: str, frame: pd.DataFrame) -> Table:
    runs = study.runs[study.runs["source"] == source]
    return Table(
        f"accuracy-by-size-{source}",
        f"Temporal Shape, trained on {DOMAIN_NAMES[source]}: accuracy (%) by size and domain",
        (HIDDEN, MODEL, *_accuracy_columns(frame, source), RUNS),
        _counted(with_draws(study, cells_by(frame, ["hidden", "model"], "domain"))),
        (
            "Mean ± sample standard deviation over seeds; h is the number of hidden units per layer.",
            *_accuracy_notes(study),
            *_status_notes(study, runs),
        ),
        ("hidden",),
        tuple(runs["id"]),
    )


def _robustness(study: Study, source: str, frame: pd.DataFrame) -> Table:
    runs = study.runs[study.runs["source"] == source]
    frame = frame.assign(column=frame["domain"].astype(str) + "/" + frame["denominator"])
    columns = [
        # No best one is highlighted: it would mostly be the model that guesses.
        Column(f"{target}/{below}", f"{DOMAIN_NAMES[target]}/{below}", ratio)
        for below in (V, HELD_OUT)
        for target in targets_by_distance(source, frame["domain"])
    ]
    notes = [
        "Mean ± sample standard deviation over seeds of the runs' own ratios (a mean of ratios, not a ratio "
        "of means); h is the number of hidden units per layer; higher is better.",
        "V: the run's best validation accuracy, the paper's denominator, a maximum over epochs. held-out: "
        f"its accuracy on a held-out set of {DOMAIN_NAMES[source]}, which did not select the checkpoint.",
        f"Answering the commonest class of the target makes a ratio of {floor_text(study)} % ÷ (accuracy on the "
        "source): near 1 for a model that has learned little. Read a high ratio together with its accuracies.",
    ]
    for name, group in frame.groupby("denominator"):
        if count := group["undefined"].sum() // group["domain"].nunique():  # the same runs for every target
            counted = "1 run" if count == 1 else f"{count} runs"
            notes.append(f"Left out: {counted} whose accuracy on {name} is 0, which makes no ratio.")
    return Table(
        f"robustness-by-size-{source}",
        f"Temporal Shape, trained on {DOMAIN_NAMES[source]}: robustness ratio by size and target domain",
        (HIDDEN, MODEL, *columns, RUNS),
        _counted(cells_by(frame, ["hidden", "model"], "column")),
        (*notes, *_status_notes(study, runs)),
        ("hidden",),
        tuple(runs["id"]),
    )


def _parameters(study: Study) -> Table:
    published = pd.read_csv(PUBLISHED, dtype=str).astype({"hidden_units": int})
    frame = parameter_counts(study.runs, published)
    rows = [
        with_needs(row | {"runs": Count(row["n"], row["expected"])}, row["needs"]) for row in frame.to_dict("records")
    ]
    return Table(
        "parameters",
        "Temporal Shape: trainable parameters by model and size, beside the paper's Table 15",
        (
            MODEL,
            HIDDEN,
            Column("reproduced", "Reproduced"),
            Column("published", "Published"),
            Column("printed", "Printed in the paper"),
            Column("match", "Match"),
            RUNS,
        ),
        tuple(rows),
        (
            "Reproduced: counted in the runs of both directions. Published: the paper's value, where its "
            "page cannot be read the value that its architecture has. h: hidden units per layer.",
            *_status_notes(study, study.runs),
        ),
        ("model",),
        tuple(study.runs["id"]),
    )


def _accuracy_columns(frame: pd.DataFrame, source: str = "") -> list[Column]:
    return [
        Column(domain, DOMAIN_NAMES[domain] + " held-out" * (domain == source), percent, highlight_best=True)
        for domain in ordered_domains(frame["domain"])
    ]


def _counted(rows: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """Return the rows with a column that says over how many runs they are; a cell over fewer says so itself."""
    counted = []
    for row in rows:
        fullest = max((cell for cell in row.values() if isinstance(cell, Cell)), key=lambda cell: cell.runs.n)
        counted.append(row | {"runs": fullest.runs})
    return tuple(counted)


def _accuracy_notes(study: Study) -> list[str]:
    clips = study.accuracies.groupby("domain")["n_clips"].max()
    per_set = " or ".join(f"{n:,}" for n in sorted(set(clips[clips.index != V])))
    return [
        f"V: the validation clips ({clips.get(V, 0):,}) that also chose the checkpoint. The column of the "
        f"domain trained on is a held-out set of it; every domain's set has {per_set} clips. "
        f"{_functions_note(clips.index)}"
        f"The commonest class alone makes {floor_text(study)} %, guessing among the classes {percent(CHANCE)} %.",
        BOLD,
    ]


def _functions_note(domains: Iterable[str]) -> str:
    names = [name for name in ordered_domains(domains) if name not in (V, *DOMAINS)]
    return f"{', '.join(names)}: that held-out set with its clips changed. " if names else ""


def _status_notes(study: Study, runs: pd.DataFrame) -> list[str]:
    """Say what is missing, and what makes the runs differ: the last notes of every table."""
    notes = [f"Study {study.key}: {completeness(runs)}."]
    if (runs["status"] != FINISHED).any():
        notes.append(
            f"{INCOMPLETE} over n of the grid's N runs (n/N); diverged, nonfinite and missing runs are left out."
        )
    diverged = runs.loc[runs["status"] == DIVERGED, "id"].tolist()
    if diverged:
        notes.append(f"Diverged: {first_few(diverged)}.")
    if answering := [run for run in constants(study) if run.partition(" on ")[0] in set(runs["id"])]:
        notes.append(f"One class is answered for every clip by {first_few(answering)}.")
    return notes + list(study.problems)
