"""Validation clips in two halves: one chooses the checkpoint, the other measures it.

A checkpoint that is chosen for its accuracy on some clips is a little worse, or better, than it looks on them. On other
clips it is not. Halves are of source videos, since clips of one video are alike.
"""

from dataclasses import replace
from functools import cache, cached_property

import numpy as np

from analysis.diving48.data.study import DivingStudy, Setting
from analysis.diving48.measures import Measures
from analysis.runs.checkpoint_predictions import Answers
from analysis.runs.load import V
from analysis.statistics.bootstrap import SEED
from analysis.statistics.clusters import MINIMUM
from analysis.table.samples import Sample


def first_half(videos: np.ndarray, number: int = 0) -> np.ndarray:
    """Draw (N,) whether each clip is in the first half, by its (N,) source videos; `number` tells drawings apart."""
    names = np.unique(videos)
    chosen = np.random.default_rng([SEED, number]).permutation(names)[: (len(names) + 1) // 2]
    return np.isin(videos, chosen)


class HalfMeasures(Measures):
    """What is measured of checkpoints that were chosen on one half of the validation clips, on the other half."""

    def __init__(self, study: DivingStudy, setting: Setting, tolerance: float, like: Measures) -> None:
        """Match on the first half; the arguments are those of `Measures`."""
        super().__init__(study, setting, tolerance, like=like)

    @property
    def chosen_on(self) -> str:
        """Which clips choose a checkpoint, as a sentence for the notes."""
        return (
            "It is chosen on one half of the validation clips, by source video, and V of every ratio is measured on "
            "the other; the column V is of the half that chose."
        )

    @cache  # noqa: B019 - one object a command
    def answers_of(self, training: str, domain: str) -> Answers | None:
        """Return the answers to the other half of the validation clips, None where one video has all; else all."""
        answers = super().answers_of(training, domain)
        if domain != V or answers is None:
            return answers
        other = ~first_half(answers.videos)
        return only(answers, other) if other.any() else None

    @cached_property
    def source_videos(self) -> dict[str, int]:
        """Count the source videos of the half that measures, and of the test clips."""
        halves = (self.answers_of(training, V) for training in self.trainings())
        measured = {video for answers in halves if answers is not None for video in answers.videos}
        return super().source_videos | {"validation": len(measured)}

    def sample(self, value: float, draws: np.ndarray, ids: tuple[str, ...]) -> Sample:
        """Make a measure; without intervals where the half that measures has too few source videos."""
        found = super().sample(value, draws, ids)
        return found if self.source_videos["validation"] >= MINIMUM else replace(found, bootstrap=None)

    def levels_of(self, training: str) -> dict[int, float]:
        """Return the accuracies by epoch on the half that chooses."""
        answers = super().answers_of(training, V)
        if answers is None:
            return {}
        accuracies = answers.correct[:, first_half(answers.videos)].mean(axis=1)
        return {epoch: float(a) for epoch, a in zip(answers.epochs, accuracies, strict=True)}

    def choosing_clips(self, training: str) -> int:
        """Count the clips of the half that chooses."""
        return int(first_half(self.study.evaluated[training, V, ""].videos).sum())


def only(answers: Answers, kept: np.ndarray) -> Answers:
    """Keep the answers to some of the clips, (N,) which."""
    return replace(
        answers,
        clips=answers.clips[kept],
        videos=answers.videos[kept],
        labels=answers.labels[kept],
        predicted=answers.predicted[:, kept],
        rank=answers.rank[:, kept],
    )
