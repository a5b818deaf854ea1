"""All test clips, beside the five examples of a class: accuracy by class, by attribute, and what mistakes share."""

import numpy as np

from analysis.diving48.data.study import display_domain
from analysis.diving48.entries import Entry
from analysis.diving48.measures import Measures
from analysis.diving48.qualitative import shown_experiment
from analysis.diving48.rows import INTERVALS, MODEL
from analysis.published.qualitative import PAPER_CLASSES, misclassifications, shared_attributes
from analysis.runs.answers import majority_share
from analysis.statistics.ratios import divide
from analysis.studies.videos import PRIMARY
from analysis.table.samples import Sample
from analysis.table.tables import BOLD, Column, Estimate, Table, percent, ratio
from xdomain.studies.diving48 import EXPERIMENTS
from xdomain.studies.vocabulary import vocabulary

ATTRIBUTES = ("takeoff", "somersault", "twist", "position")
ALL, PAPER = "all", ", ".join(map(str, PAPER_CLASSES))
MISTAKEN = ("S1", "S2")  # the domains of the paper's Table 7


def mistake_tables(measures: Measures) -> list[Table]:
    """Make the tables of the experiment that the qualitative tables show."""
    letter = shown_experiment(measures)
    entries = [entry for entry in measures.matched if entry.experiment == letter]
    level = f"Models of experiment {letter} ({100 * EXPERIMENTS[letter].level:g} % validation accuracy)."
    return [
        _by_class(measures, entries, level),
        _by_attribute(measures, entries, level),
        _shares(measures, entries, level),
    ]


def attribute_share(measures: Measures, entry: Entry, classes: tuple[int, ...] = ()) -> Sample:
    """Measure which share of attributes the misclassified clips of S1 and S2 have right, averaged over seeds.

    Every misclassified clip counts once in each domain. `classes` are the true ones that count; all if empty.
    """
    words = np.array(vocabulary())
    values, draws = [], []
    for training in entry.matches:
        totals, drawn_totals = np.zeros(2), np.zeros((measures.bootstrap.draws, 2))  # shared attributes, wrong clips
        for domain in MISTAKEN:
            side = measures.answers(entry, domain).get(training)
            if side is None:
                return Sample.absent(f"{domain} not evaluated")
            answers, correct = side
            predicted = answers.predicted[answers.epochs.index(entry.matches[training].epoch)]
            counts = ~correct & (np.isin(answers.labels, classes) if classes else True)
            shared = (words[predicted] == words[answers.labels]).sum(axis=1) * counts  # (N,) of four
            both = np.stack([shared, counts])
            totals = totals + both.sum(axis=1)
            drawn_totals = drawn_totals + measures.bootstrap.right(answers.videos, both)[0]
        if totals[1] == 0:
            return Sample.absent("none wrong")
        values.append(totals[0] / (len(ATTRIBUTES) * totals[1]))
        draws.append(divide(drawn_totals[:, 0], len(ATTRIBUTES) * drawn_totals[:, 1]))
    weights = measures.bootstrap.seed_weights(entry.model, len(values))
    averaged = (np.stack(draws, axis=1) * weights).sum(axis=1)
    return measures.sample(float(np.mean(values)), averaged, measures.ids(entry, *MISTAKEN))


def _by_class(measures: Measures, entries: list[Entry], level: str) -> Table:
    rows = []
    labels = next(
        (a.labels for e in entries for d in PRIMARY for a, _ in measures.answers(e, d).values()), np.empty(0, int)
    )
    for label, clips in zip(*np.unique(labels, return_counts=True), strict=True):
        for entry in entries:
            row = {"class": int(label), "clips": int(clips), "model": entry.role}
            for domain in PRIMARY:
                sides = measures.answers(entry, domain).values()
                found = [float(correct[answers.labels == label].mean()) for answers, correct in sides]
                value = float(np.mean(found)) if found else float("nan")
                row[domain] = Estimate(value, ids=measures.ids(entry, domain), why="not evaluated")
            rows.append(row)
    return Table(
        "accuracy-by-class",
        "Diving48: top-1 accuracy (%) on all test clips of each class",
        (Column("class", "Class"), Column("clips", "Clips"), MODEL, *(Column(name, name, percent) for name in PRIMARY)),
        tuple(rows),
        (
            level,
            "All clips of a class, where the paper shows five; the mean over seeds. Few clips of a class say little.",
        ),
        ("class",),
    )


def _by_attribute(measures: Measures, entries: list[Entry], level: str) -> Table:
    rows, words = list[dict](), np.array(vocabulary())
    for number, name in enumerate(ATTRIBUTES):
        _, codes = np.unique(words[:, number], return_inverse=True)  # class -> its value of the attribute
        for entry in entries:
            row: dict = {"attribute": name, "model": entry.role, "floor": ""}
            for domain in PRIMARY:
                row[domain] = _attribute_accuracy(measures, entry, domain, codes).estimate()
                for answers, _ in measures.answers(entry, domain).values():
                    row["floor"] = majority_share(codes[answers.labels])
            rows.append(row)
    return Table(
        "accuracy-by-attribute",
        "Diving48: accuracy (%) on each attribute of the class, on all test clips",
        (
            Column("attribute", "Attribute"),
            MODEL,
            *(Column(name, name, percent, highlight_best=name != "T") for name in PRIMARY),
            Column("floor", "Commonest value", percent),
        ),
        tuple(rows),
        (
            level,
            "An answer has an attribute right where its class shares it with the true one. Commonest value: what "
            "answering the attribute's commonest value for every clip makes.",
            BOLD,
            INTERVALS,
        ),
        ("attribute",),
    )


def _attribute_accuracy(measures: Measures, entry: Entry, domain: str, codes: np.ndarray) -> Sample:
    values, draws = [], []
    for training, (answers, _) in measures.answers(entry, domain).items():
        predicted = answers.predicted[answers.epochs.index(entry.matches[training].epoch)]
        right = codes[predicted] == codes[answers.labels]
        values.append(float(right.mean()))
        draws.append(measures.bootstrap.accuracies(answers.videos, right[None])[:, 0])
    if not values:
        return Sample.absent(f"{display_domain(domain)} not evaluated")
    weights = measures.bootstrap.seed_weights(entry.model, len(values))
    averaged = (np.stack(draws, axis=1) * weights).sum(axis=1)
    return measures.sample(float(np.mean(values)), averaged, measures.ids(entry, domain))


def _shares(measures: Measures, entries: list[Entry], level: str) -> Table:
    rows = []
    for name, classes in ((ALL, ()), (PAPER, PAPER_CLASSES)):
        for entry in entries:
            share, sets = attribute_share(measures, entry, classes).estimate(), _share_of_sets(measures, entry, classes)
            rows.append({"class": name, "model": entry.role, "share": share, "sets": sets})
    return Table(
        "attribute-share",
        "Diving48: share of attributes that misclassified clips have right, over all misclassifications",
        (
            Column("class", "True classes"),
            MODEL,
            Column("share", "Of clips", ratio, highlight_best=True),
            Column("sets", "Of sets of classes", ratio),
        ),
        tuple(rows),
        (
            level,
            "Of clips: every misclassified clip of S1 and of S2 counts, with the share of the four attributes that the "
            "answer has in common with the true class; the mean over seeds. Of sets: the paper's way, each wrong class "
            "once for every true one, of the first seed, here over all clips instead of five a class.",
            BOLD,
            INTERVALS,
        ),
        ("class",),
    )


def _share_of_sets(measures: Measures, entry: Entry, classes: tuple[int, ...]) -> Estimate:
    entry = measures.one_seed(entry, MISTAKEN)
    sides = [next(iter(measures.answers(entry, domain).items()), None) for domain in MISTAKEN]
    there = [side for side in sides if side is not None]
    if len(there) < len(sides):
        return Estimate(float("nan"), why="not evaluated")
    made = [(a.labels, a.predicted[a.epochs.index(entry.matches[run].epoch)]) for run, (a, _) in there]
    words, shared, total = vocabulary(), 0, 0
    for label in classes or np.unique(np.concatenate([labels for labels, _ in made])).tolist():
        wrong = misclassifications(label, *(predicted[labels == label].tolist() for labels, predicted in made))
        own = shared_attributes(label, wrong, words)
        shared, total = shared + own[0], total + own[1]
    return Estimate(shared / total if total else float("nan"), ids=measures.ids(entry, *MISTAKEN), why="none wrong")
