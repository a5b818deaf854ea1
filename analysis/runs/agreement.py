"""Whether the prediction files of one data set are of the same clips, labels, source videos and classes."""

from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Evaluated:
    """The clips of one prediction file, sorted."""

    file: Path
    clips: np.ndarray  # (N,) numbers or names
    labels: np.ndarray  # (N,)
    classes: int
    videos: np.ndarray | None = None  # (N,) names of source videos


class Agreement:
    """The first file of each data set, which later ones are compared with."""

    def __init__(self) -> None:
        self._first: dict[Hashable, Evaluated] = {}

    def disagreement(self, data_set: Hashable, evaluated: Evaluated) -> str:
        """Say in a few words how a file of `data_set` contradicts the first one; empty where it does not.

        Other clips are no contradiction: a domain may have been made anew with more of them.
        """
        first = self._first.setdefault(data_set, evaluated)
        if evaluated.classes != first.classes:
            return f"has scores of {evaluated.classes} classes and {first.file} has {first.classes}"
        here: np.ndarray | slice
        there: np.ndarray | slice
        if np.array_equal(evaluated.clips, first.clips):
            here = there = slice(None)
        else:
            _, here, there = np.intersect1d(evaluated.clips, first.clips, assume_unique=True, return_indices=True)
        for what, mine, theirs in (
            ("label", evaluated.labels, first.labels),
            ("source video", evaluated.videos, first.videos),
        ):
            if mine is not None and theirs is not None and (wrong := np.flatnonzero(mine[here] != theirs[there])).size:
                number = wrong[0]
                clip, own, other = evaluated.clips[here][number], mine[here][number], theirs[there][number]
                return f"gives clip {clip} the {what} {own} and {first.file} gives it {other}"
        return ""
