"""Samples whose draws are of no source videos: of Temporal Shape's seeds and clips, of the paper's printed numbers."""

from dataclasses import dataclass

from analysis.diving48.measures import Sample
from analysis.statistics.bootstrap import interval
from analysis.statistics.crossed import crossed_interval, crossed_p
from analysis.statistics.equivalence import one_sided_p


class PlainSample(Sample):
    """A sample with the percentile interval of its draws, none where there are no draws."""

    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval; NaN, NaN where there is none."""
        return (float("nan"), float("nan")) if self.why or not len(self.draws) else interval(self.draws)

    def one_sided_p(self, relation: str, bound: float) -> float:
        """Return the p value of the null that the value is not `>` or `<` the bound."""
        return one_sided_p(self.draws, relation, bound)


@dataclass(frozen=True)
class CrossedSample(Sample):
    """A sample whose draws are of seeds × clips; `freedom` is the degrees of freedom of its seeds."""

    freedom: int = 0

    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval; NaN, NaN where there is none, or seeds are too few."""
        return (float("nan"), float("nan")) if self.why else crossed_interval(self.draws, self.freedom)

    def one_sided_p(self, relation: str, bound: float) -> float:
        """Return the p value of the null that the value is not `>` or `<` the bound; NaN where seeds are too few."""
        return crossed_p(one_sided_p(self.draws, relation, bound), self.freedom)
