"""What one model answers to a set of clips, and what answering without looking would make there."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ClipAnswers:
    """Labels and predictions of N clips."""

    labels: np.ndarray  # (N,)
    predicted: np.ndarray  # (N,) the class with the highest score

    @property
    def correct(self) -> np.ndarray:
        """(N,) whether each is right."""
        return self.predicted == self.labels

    @property
    def only_class(self) -> int | None:
        """The class that is answered for every clip; None where more than one is."""
        return int(self.predicted[0]) if (self.predicted == self.predicted[0]).all() else None


def majority_share(labels: np.ndarray) -> float:
    """Return the accuracy of the best constant answer: the share of the commonest of (N,) labels."""
    return float(np.unique(labels, return_counts=True)[1].max() / len(labels))
