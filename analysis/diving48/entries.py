"""Entries: which checkpoint of each seed stands for a model in an experiment."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from analysis.diving48.data.study import DivingStudy
from analysis.runs.matching import Match, match
from analysis.runs.notes import MISSING
from xdomain.runs.run_folder import DIVERGED, NONFINITE

LevelsOf = Callable[[str], dict[int, float]]  # training id -> epoch -> the validation accuracy that it is chosen by


@dataclass(frozen=True, eq=False)
class Entry:
    """A model in an experiment: the checkpoint of each seed that stands for it.

    Attributes:
        experiment: letter.
        role: the model's name in the paper's tables.
        model: its registered name.
        matches: training id -> checkpoint, for the seeds that reached the level.
        trainings: every training of the model, finished or not.
        why: what to show where no seed has a match.
    """

    experiment: str
    role: str
    model: str
    matches: dict[str, Match]
    trainings: tuple[str, ...]
    why: str

    @property
    def checkpoints(self) -> tuple[tuple[str, int], ...]:
        """The training and epoch of each seed's checkpoint: entries that agree in them are one observation."""
        return tuple((training, matched.epoch) for training, matched in self.matches.items())


def entries(
    study: DivingStudy, split: str, tolerance: float, levels_of: LevelsOf, clips_of: Callable[[str], int]
) -> list[Entry]:
    """Match every model in every experiment of the study, on the trainings of one split.

    Args:
        study: as loaded.
        split: how validation clips were chosen.
        tolerance: how far from an experiment's level a checkpoint may be.
        levels_of: finds the validation accuracies of a training's checkpoints.
        clips_of: counts the clips that these are over.
    """
    found = []
    for letter, experiment in study.design.experiments.items():
        for role in study.design.roles_of([letter]):
            model, level = experiment.models[role], experiment.level
            trainings = study.trainings(split, model)
            levels = {training: known for training in trainings["id"] if (known := levels_of(training))}
            matches = {}
            for training, known in levels.items():
                if checkpoint := match(known, level, clips_of(training), tolerance):
                    matches[training] = checkpoint
            why = _why_none(trainings, level, [max(known.values()) for known in levels.values()])
            found.append(Entry(letter, role, model, matches, tuple(trainings["id"]), why))
    return found


def _why_none(trainings: pd.DataFrame, level: float | None, best: list[float]) -> str:
    """Say why no seed of a model has a match; `best` has the highest accuracy of each that was trained."""
    if best:
        what = "not reached" if level is None or max(best) < level else "no epoch near"
        return f"{what} (best {100 * max(best):.1f} %)"
    if trainings.empty:
        return "not launched"
    statuses = set(trainings["status"])
    assert statuses <= {DIVERGED, NONFINITE, MISSING}
    return "not trained yet" if MISSING in statuses else " or ".join(sorted(statuses))
