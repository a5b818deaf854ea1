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

    def disagreement(self, data_set: Hashable, ours: Evaluated) -> str:
        """Say in a few words how a file of `data_set` contradicts the first one; empty where it does not.

        Other clips are no contradiction: a domain may have been made anew with more of them.
        """
        first = self._first.setdefault(data_set, ours)
        if ours.classes != first.classes:
            return f"has scores of {ours.classes} classes and {first.file} has {first.classes}"
        _, here, there = np.intersect1d(ours.clips, first.clips, assume_unique=True, return_indices=True)
        for what, mine, theirs in (("label", ours.labels, first.labels), ("source video", ours.videos, first.videos)):
            if mine is not None and theirs is not None and (wrong := np.flatnonzero(mine[here] != theirs[there])).size:
                place = wrong[0]
                clip, own, other = ours.clips[here[place]], mine[here[place]], theirs[there[place]]
                return f"gives clip {clip} the {what} {own} and {first.file} gives it {other}"
        return ""
