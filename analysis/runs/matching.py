"""Which checkpoint of a training stands for it in an experiment: the one nearest to the experiment's accuracy.

Models are compared at equal validation accuracy (paper section 3.3, experiments a to h), so that what differs on
other domains is not what differs on the source.
"""

from dataclasses import dataclass

TOLERANCE = 0.005  # half a point of validation accuracy


@dataclass(frozen=True)
class Match:
    """A checkpoint at an experiment's level."""

    epoch: int  # counted from 0
    accuracy: float  # on the validation clips, in [0, 1]
    standard_error: float  # of that accuracy


def match(checkpoints: dict[int, float], level: float | None, clips: int, tolerance: float = TOLERANCE) -> Match | None:
    """Match the kept epoch whose validation accuracy is nearest to `level`, the earlier of two as near.

    Args:
        checkpoints: epoch -> validation accuracy of every kept checkpoint.
        level: in [0, 1], such as 0.383; None for the best epoch, whatever it reached.
        clips: validation clips that the accuracies are over.
        tolerance: how far from the level a match may be.

    Returns:
        None where no epoch is near enough: the model has not reached the level.
    """
    # Rounded, since 0.305 − 0.3 and 0.3 − 0.295 differ in their last bit.
    if level is None:
        level = max(checkpoints.values())
    distance = {epoch: round(abs(accuracy - level), 9) for epoch, accuracy in checkpoints.items()}
    near = [epoch for epoch in distance if distance[epoch] <= round(tolerance, 9)]
    if not near:
        return None
    epoch = min(near, key=lambda epoch: (distance[epoch], epoch))
    from analysis.statistics.ratios import standard_error  # imports scipy, and commands want the tolerance only

    return Match(epoch, checkpoints[epoch], standard_error(checkpoints[epoch], clips))
