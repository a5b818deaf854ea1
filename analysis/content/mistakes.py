"""Clips that a model gets wrong, as data for the page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistakes:
    """What one model gets wrong in one domain.

    Attributes:
        place: experiment, model and domain, as the table of accuracies names them.
        wrong: number of clips that it takes for another class.
        clips: number of clips.
        shown: some of them in words, such as "t_01_00017: class 3 taken for 4".
    """

    place: tuple[str, ...]
    wrong: int
    clips: int
    shown: tuple[str, ...]


@dataclass(frozen=True)
class Taken:
    """A model's answers to clips that it gets wrong in some domain, the worst first.

    Attributes:
        heading: whose answers.
        answers: clip -> domain -> what the clip was taken for there, in words.
    """

    heading: str
    answers: dict[str, dict[str, str]]
