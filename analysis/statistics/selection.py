"""The bias of choosing a checkpoint by its accuracy on clips, and then reporting that accuracy."""

import numpy as np


def nearest(accuracies: np.ndarray, level: float) -> np.ndarray:
    """Find (...) the place of the (..., E) accuracy that is nearest to `level`, the first of two as near."""
    return np.round(np.abs(accuracies - level), 9).argmin(axis=-1)


def selection_bias(chooses: np.ndarray, measures: np.ndarray, level: float) -> float:
    """Estimate by how much a ratio to the chosen checkpoint's accuracy is off, as a fraction of it.

    Each half of the clips chooses once and measures once, so that one half's being easier cancels. Below 0, the
    accuracy that chose is too high, and a ratio to it too low.

    Args:
        chooses: (halvings, E) accuracies of E checkpoints on one half of the clips.
        measures: (halvings, E) the same on the other half.
        level: that the choice is nearest to.
    """
    selected, unseen = [], []
    for own, other in ((chooses, measures), (measures, chooses)):
        place = nearest(own, level)[:, None]
        selected.append(np.take_along_axis(own, place, axis=1))
        unseen.append(np.take_along_axis(other, place, axis=1))
    total = float(np.sum(selected))
    return float(np.sum(unseen)) / total - 1 if total else float("nan")
