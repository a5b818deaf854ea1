"""Five random test clips of a class, from a study's predictions (Tables 6, 7, 12 to 14)."""

from dataclasses import replace

import numpy as np

from analysis.diving48.entries import Entry
from analysis.diving48.measures import Measures
from analysis.diving48.rows import MODEL
from analysis.published.qualitative import (
    ATTRIBUTE_COLUMNS,
    ATTRIBUTES,
    CLIPS,
    PAPER_CLASSES,
    TABLE_OF_CLASS,
    TOP,
    misclassifications,
    random_clips,
    shared_attributes,
)
from analysis.runs.checkpoint_predictions import Answers
from analysis.statistics.bootstrap import SEED
from analysis.studies.videos import PRIMARY
from analysis.table.tables import Column, Estimate, Table, with_needs
from xdomain.studies.diving48 import EXPERIMENTS
from xdomain.studies.vocabulary import vocabulary

PAPER_EXPERIMENT = "c"
TOPS = {f"{domain} {name}": (domain, k) for domain in PRIMARY for name, k in (("top-1", 1), (f"top-{TOP}", TOP))}


def qualitative_tables(measures: Measures) -> list[Table]:
    """Measure accuracy on each class's clips, and the attributes that the mistakes share with the true class."""
    letter = shown_experiment(measures)
    entries = [measures.one_seed(entry, PRIMARY) for entry in measures.matched if entry.experiment == letter]
    classes = _classes(measures, entries)
    level = (
        f"experiment {letter} ({100 * EXPERIMENTS[letter].level:g} % validation accuracy), of several seeds the first"
    )
    tables = [_accuracy(measures, entries, label, name, level) for label, name in classes.items()]
    needs = measures.needs(measures.trainings(letter), *PRIMARY)
    return [replace(table, needs=needs) for table in (*tables, _attributes(measures, entries, list(classes), level))]


def shown_experiment(measures: Measures) -> str:
    """Choose the paper's experiment c; while no model has reached it, the one that most models have reached."""
    reached = [entry.experiment for entry in measures.matched]
    return max(
        EXPERIMENTS,
        key=lambda letter: (
            reached.count(letter) > 0 and letter == PAPER_EXPERIMENT,
            reached.count(letter),
            letter == PAPER_EXPERIMENT,
        ),
    )


def _classes(measures: Measures, entries: list[Entry]) -> dict[int, str]:
    """Choose the paper's four classes and their tables; random ones where the test clips have none of a class."""
    labels = [answers.labels for entry in entries for answers, _ in measures.answers(entry, "S1").values()]
    present = set(labels[0].tolist()) if labels else set(PAPER_CLASSES)
    others = sorted(present - set(PAPER_CLASSES))
    drawn = iter(np.random.default_rng(SEED).permutation(others).tolist())
    chosen = {label: name for label, name in TABLE_OF_CLASS.items() if label in present}
    for label, name in TABLE_OF_CLASS.items():
        if label not in present and (another := next(drawn, None)) is not None:
            chosen[another] = name
    return chosen


def _accuracy(measures: Measures, entries: list[Entry], label: int, name: str, level: str) -> Table:
    rows = []
    for entry in entries:
        row: dict = {"model": entry.role}
        for column, (domain, k) in TOPS.items():
            first = matched_answers(measures, entry, domain)
            if first is None:
                row[column] = Estimate(float("nan"), why=f"{domain} not evaluated")
                continue
            answers, number = first
            clips = random_clips(answers.clips, answers.labels, label)
            value = float((answers.rank[number, clips] < k).mean()) if len(clips) else float("nan")
            row[column] = Estimate(value, ids=measures.ids(entry, domain), why="no test clips")
        own = {column: measures.needs(entry.trainings, domain) for column, (domain, _) in TOPS.items()}
        rows.append(with_needs(row, measures.needs(entry.trainings, *PRIMARY), own))
    return Table(
        name,
        f"Diving48, class {label}: top-1 and top-{TOP} accuracy on {CLIPS} random test clips",
        (MODEL, *(Column(column, column, "{:.1f}".format) for column in TOPS)),
        tuple(rows),
        (
            f"Models of {level}. Clips drawn with a fixed seed, all of the class where it has no more than {CLIPS}. "
            "Examples, not evidence: five clips have a standard error of up to 22 points.",
            _which_class(label),
        ),
        (),
    )


def _attributes(measures: Measures, entries: list[Entry], classes: list[int], level: str) -> Table:
    rows = []
    words = vocabulary()
    for label in classes:
        for entry in entries:
            needs = measures.needs(entry.trainings, *PRIMARY)
            own = {domain: measures.needs(entry.trainings, domain) for domain in ("S1", "S2")}
            firsts = {domain: matched_answers(measures, entry, domain) for domain in ("S1", "S2")}
            row: dict = {"class": label, "model": entry.role}
            if absent := [domain for domain, first in firsts.items() if first is None]:
                rows.append(with_needs(row | dict.fromkeys(absent, "not evaluated"), needs, own))
                continue
            for domain, (answers, number) in ((domain, first) for domain, first in firsts.items() if first):
                clips = random_clips(answers.clips, answers.labels, label)
                row[domain] = " ".join(map(str, answers.predicted[number, clips]))
            wrong = misclassifications(label, *(map(int, row[domain].split()) for domain in firsts))
            shared, total = shared_attributes(label, wrong, words)
            row |= {"wrong": " ".join(map(str, wrong)), "correct": f"{shared}/{total}" if total else "none wrong"}
            rows.append(with_needs(row | {"ids": measures.ids(entry, "S1", "S2")}, needs, own))
    return Table(
        "table7",
        "Diving48: attributes that are right in the misclassifications of five random clips a class",
        ATTRIBUTE_COLUMNS,
        tuple(rows),
        (f"{ATTRIBUTES}. Models of {level}; the paper's clips are not known, so its fractions are no targets.",),
        ("class",),
    )


def matched_answers(measures: Measures, entry: Entry, domain: str) -> tuple[Answers, int] | None:
    """Return the answers of the entry's first seed in a domain and its matched checkpoint's row; None without any."""
    for training, (answers, _) in measures.answers(entry, domain).items():
        return answers, answers.epochs.index(entry.matches[training].epoch)
    return None


def _which_class(label: int) -> str:
    words = ", ".join(vocabulary()[label])
    own = (
        "drawn by the paper" if label in PAPER_CLASSES else "drawn here, since the test clips lack a class of the paper"
    )
    return f"Class {label} ({words}) was {own}."
