"""Which clips the matched checkpoints of Diving48 get wrong, and what they take them for."""

import numpy as np

from analysis.content.mistakes import Mistakes, Taken
from analysis.diving48.data.study import display_domain
from analysis.diving48.entries import Entry
from analysis.diving48.measures import Measures
from analysis.diving48.qualitative import matched_answers

DOMAINS = ("O", "S1", "S2", "T")
LISTED = 12  # clips of a model in a domain
CANDIDATES = 50  # clips of a model among which those are that this machine has


def mistakes(measures: Measures) -> list[Mistakes]:
    """List, for each experiment, model and domain, clips that the checkpoint of the first seed gets wrong."""
    found = []
    for entry in (measures.one_seed(entry, DOMAINS) for entry in measures.matched):
        for domain in DOMAINS:
            if (answered := matched_answers(measures, entry, domain)) is None:
                continue
            answers, row = answered
            predicted = answers.predicted[row]  # (N,)
            wrong = np.flatnonzero(predicted != answers.labels)
            shown = tuple(
                f"{answers.clips[i]}: class {answers.labels[i]} taken for {predicted[i]}" for i in wrong[:LISTED]
            )
            place = (entry.experiment, entry.role, display_domain(domain))
            found.append(Mistakes(place, len(wrong), len(predicted), shown))
    return found


def taken(measures: Measures) -> list[Taken]:
    """Tell for the first experiment what each model takes those clips for that it gets wrong in most domains."""
    letter = min((entry.experiment for entry in measures.matched), default="")
    entries = [entry for entry in measures.matched if entry.experiment == letter]
    return [_taken(measures, measures.one_seed(entry, DOMAINS)) for entry in entries]


def _taken(measures: Measures, entry: Entry) -> Taken:
    said: dict[str, dict[str, str]] = {}
    wrong: dict[str, int] = {}
    for domain in DOMAINS:
        if (answered := matched_answers(measures, entry, domain)) is None:
            continue
        answers, row = answered
        for clip, label, answer in zip(answers.clips, answers.labels, answers.predicted[row], strict=True):
            said.setdefault(clip, {})[domain] = "right" if label == answer else f"taken for class {answer}"
            wrong[clip] = wrong.get(clip, 0) + int(label != answer)
    worst = sorted((clip for clip in said if wrong[clip]), key=lambda clip: (-wrong[clip], clip))[:CANDIDATES]
    heading = f"{entry.role}, experiment {entry.experiment}"
    return Taken(heading, {clip: said[clip] for clip in worst})
