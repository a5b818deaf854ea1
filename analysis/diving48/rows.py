"""What the rows of all Diving48 tables share: columns, counts of runs, and the notes on what is missing."""

from collections.abc import Iterable
from typing import Any

from analysis.diving48.data.study import display_domain
from analysis.diving48.entries import Entry
from analysis.diving48.measures import Measures
from analysis.runs.load import V
from analysis.runs.notes import completeness, first_few
from analysis.statistics.bootstrap import DRAWS
from analysis.statistics.clusters import MINIMUM
from analysis.table.tables import Column, Count, percent
from xdomain.runs.run_folder import DIVERGED

EXPERIMENT, MODEL = Column("experiment", "Exp."), Column("model", "Model")
RUNS = Column("runs", "Runs")
V_AND_SE = Column("V", "V (%) ± SE")
EPOCHS = Column("epochs", "Epoch")
INTERVALS = (
    f"[low, high]: 95 % interval of a bootstrap with {DRAWS:,} draws over source videos, shared by models and domains, "
    "crossed with each model's seeds; a model with one seed varies by its clips only."
)

THESE_CHECKPOINTS = (
    "One seed per model: every p value and interval is about these checkpoints, not about the models, which another "
    "seed may order otherwise. In simulations with a seed sd of 0.1 (0.2) in ln A the primary contrast found a "
    "difference between equal models in 27 % (47 %) of cases, at a nominal 5 %."
)


def seed_notes(measures: Measures) -> tuple[str, ...]:
    """Name the models that one seed stands for, or the seed variance that was given for them."""
    alone = sorted({entry.role for entry in measures.matched if len(entry.matches) == 1})
    if not alone:
        return ()
    if measures.seed_sd:
        return (
            f"One seed stands for {', '.join(alone)}: a seed sd of {measures.seed_sd:.3g} in ln A, given or borrowed, "
            "is drawn for each of its domains but V, O and I′, which the matched level holds in place.",
        )
    return (THESE_CHECKPOINTS,)


def about_checkpoints(measures: Measures) -> str:
    """Say in some words that one seed stands for a model; empty where none does."""
    return "about these checkpoints: one seed per model" if THESE_CHECKPOINTS in seed_notes(measures) else ""


def status_notes(measures: Measures) -> list[str]:
    """Say what the setting is and lacks: the last notes of every table."""
    study = measures.study
    points = f"{100 * measures.tolerance:g} points"
    missing = [entry for entry in measures.entries if not entry.matches]
    tolerance = f"A checkpoint matches a level within {points} of validation accuracy. {measures.chosen_on}"
    notes = [measures.setting.text, tolerance, videos_note(measures), f"Study {study.key}: {completeness(study.runs)}."]
    if missing:
        shown = "; ".join(f"{e.experiment} {e.role}: {e.why}" for e in missing)
        notes.append(f"No checkpoint within {points} of the level: {shown}.")
    if diverged := study.runs.loc[study.runs["status"] == DIVERGED, "id"].tolist():
        notes.append(f"Diverged: {first_few(diverged)}.")
    if answering := constant_answers(measures):
        notes.append(f"One class is answered for every clip: {'; '.join(answering)}.")
    return [*notes, *study.problems]


def constant_answers(measures: Measures) -> list[str]:
    """List where a matched checkpoint answers one class for all clips, such as "a ConvLSTM on T (class 3)"."""
    lines = []
    for entry in measures.matched:
        for domain in (V, *measures.study.domains(measures.setting)):
            for training, (answers, _) in measures.answers(entry, domain).items():
                predicted = answers.predicted[answers.epochs.index(entry.matches[training].epoch)]
                if len(predicted) > 1 and (predicted == predicted[0]).all():
                    lines.append(f"{entry.experiment} {entry.role} on {display_domain(domain)} (class {predicted[0]})")
    return list(dict.fromkeys(lines))


def videos_note(measures: Measures) -> str:
    """Say how many source videos the intervals are over, and what follows from it."""
    numbers = measures.source_videos
    counted = " and ".join(f"{count} source videos of {side} clips" for side, count in numbers.items())
    if few := [side for side, count in numbers.items() if count < MINIMUM]:
        return (
            f"Intervals are over {counted}: with fewer than {MINIMUM} they would be wrong more often than they say, so "
            f"what the {' and '.join(few)} clips enter has none."
        )
    return f"Intervals are over {counted} (BCa, with Student's t for the few and unequal videos)."


def runs_of(measures: Measures, entry: Entry, domains: Iterable[str]) -> Count:
    """Count the finished of the runs that a row needs: an entry's trainings, and the evaluations in some domains."""
    wanted = [domain for domain in domains if domain != V]
    evaluated = [
        measures.study.answers(run, domain, measures.setting) for run in entry.trainings for domain in (V, *wanted)
    ]
    return Count(sum(answers is not None for answers in evaluated), max(len(entry.trainings), 1) * (1 + len(wanted)))


def distinct_checkpoints(entries: Iterable[Entry]) -> int:
    """Count the checkpoints that stand for entries, each seed's one; that of two experiments is one."""
    return len({checkpoint for entry in entries for checkpoint in entry.checkpoints})


def needs_of_matched(measures: Measures, entry: Entry) -> dict[str, tuple[str, ...]]:
    """Return, by key of the columns that `matched_columns` fills, the runs that they take: trainings alone."""
    return dict.fromkeys(("V", "epochs"), measures.needs(entry.trainings))


def matched_columns(entry: Entry) -> dict[str, Any]:
    """Return V with its standard error and the epoch, for each seed's matched checkpoint."""
    matches = entry.matches.values()
    return {
        "V": "; ".join(f"{percent(m.accuracy)} ± {percent(m.standard_error)}" for m in matches) or entry.why,
        "epochs": "; ".join(str(m.epoch) for m in matches),
    }
