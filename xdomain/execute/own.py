"""A study that a file describes, at work."""

from xdomain.execute.videos import VideoStudy
from xdomain.specs.videos import VideoTraining
from xdomain.studies.diving48 import MADE
from xdomain.studies.own import OwnStudy


class OwnVideoStudy(VideoStudy):
    """A study of one file."""

    made = MADE

    def __init__(self, described: OwnStudy) -> None:
        self.key, self.domains, self._described = described.key, described.domains, described

    def grid(self) -> list[VideoTraining]:
        """List the trainings of every model and seed."""
        return self._described.trainings()
