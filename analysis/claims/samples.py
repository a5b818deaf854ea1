"""Samples whose draws are of no source videos: of Temporal Shape's seeds, of the paper's printed numbers."""

from analysis.diving48.measures import Sample
from analysis.statistics.bootstrap import interval
from analysis.table.tables import Estimate


class PlainSample(Sample):
    """A sample with the percentile interval of its draws, none where there are no draws."""

    def estimate(self, mark: str = "") -> Estimate:
        """Return the value with its 95 % interval."""
        if self.why or not len(self.draws):
            return Estimate(self.value, why=self.why, ids=self.ids, mark=mark)
        return Estimate(self.value, *interval(self.draws), ids=self.ids, mark=mark)
