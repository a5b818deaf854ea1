"""The Diving48 study: six trainings, each evaluated on every domain (paper section 3.3)."""

from collections.abc import Iterable

from xdomain.execute.videos import VideoStudy
from xdomain.specs.videos import VideoRun, VideoTraining
from xdomain.studies import diving48


class Diving48(VideoStudy):
    """The paper's study on dives."""

    key = diving48.STUDY
    domains = diving48.DOMAINS
    made = diving48.MADE

    def grid(self) -> list[VideoTraining]:
        """List the trainings of the experiments and of Table 17, each with every way to choose validation clips."""
        models = diving48.models_of(diving48.EXPERIMENTS)
        trainings = [diving48.training(model, split) for model in models for split in diving48.SPLITS]
        variants = [diving48.variant(row, split) for row in diving48.TABLE_17 for split in diving48.SPLITS]
        return [*trainings, *variants]

    def label(self, runs: Iterable[VideoRun]) -> str:
        """Name the experiments whose models these are: all of an experiment's, else those that it has all of these."""
        ours = {spec.network for spec in runs}
        theirs = {letter: {*one.models.values()} for letter, one in diving48.EXPERIMENTS.items()}
        letters = [letter for letter, models in theirs.items() if models <= ours]
        letters = letters or [letter for letter, models in theirs.items() if ours <= models]
        return f"experiment{'s' * (len(letters) > 1)} {' '.join(letters)}" if letters else ""


STUDY = Diving48()
