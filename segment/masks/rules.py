"""When a group of diver pixels counts as a diver. Light: a command's --help needs no OpenCV."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """How probabilities become divers; lengths in pixels of the working size (369 x 492)."""

    min_area: int = 200  # pixels; a smaller group is a speck and no detection
    # A group of a lower mean probability is none either: splashes, spectators. Trainings choose their own.
    min_confidence: float = 0.7
    link: int = 3  # groups at most twice as far apart are one diver: an arm is often cut off at the elbow
