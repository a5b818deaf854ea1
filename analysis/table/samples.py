"""Samples: measured values with their draws, from which intervals, p values and cells follow."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from analysis.statistics.bootstrap import SAME, ClusterBootstrap, interval
from analysis.statistics.crossed import LEAST_FREEDOM, crossed_interval, crossed_p
from analysis.statistics.equivalence import ABOVE, one_sided_p
from analysis.table.tables import Estimate


@dataclass(frozen=True)
class Sample:
    """A measure with its bootstrap draws (draws,), and the runs behind it; or why there is none."""

    value: float
    draws: np.ndarray
    ids: tuple[str, ...]
    why: str = ""
    bootstrap: ClusterBootstrap | None = None  # that the draws are of

    @classmethod
    def absent(cls, why: str) -> Self:
        """Make a sample that says why there is none."""
        return cls(float("nan"), np.empty(0), (), why)

    def estimate(self, mark: str = "") -> Estimate:
        """Return the value with its 95 % interval."""
        if self.why:
            return Estimate(float("nan"), why=self.why, ids=self.ids)
        return Estimate(self.value, *self.interval(), ids=self.ids, mark=mark, sample=self)

    def minus(self, other: Self) -> Self:
        """Subtract draw by draw; what the two share cancels."""
        if why := self.why or other.why:
            return self.absent(why)
        ids = _ids_of([self, other])
        return replace(self, value=self.value - other.value, draws=self.draws - other.draws, ids=ids)

    def is_apart_from(self, other: Self) -> bool:
        """Tell whether the 95 % interval of the difference excludes 0; without intervals nothing is told apart."""
        if not (self._can_be_told and other._can_be_told):
            return False
        apart = self.minus(other)
        if np.ptp(apart.draws) <= SAME:  # no draw changes it
            return abs(apart.value) > SAME
        low, high = apart.interval()
        return low > 0 or high < 0

    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval; NaN, NaN where there is none."""
        if self.bootstrap is None or self.why:
            return float("nan"), float("nan")
        return self.bootstrap.interval(self.value, self.draws)

    @property
    def _can_be_told(self) -> bool:
        return not np.isnan(self.interval()).any()

    def p(self) -> float:
        """Return the two-sided p value of 0, by the draws; NaN where there is no interval for lack of videos."""
        if self.bootstrap is None or self.why:
            return float("nan")
        return self.bootstrap.p(self.value, self.draws)

    def one_sided_p(self, relation: str, bound: float) -> float:
        """Return the p value of the null that the value is not `>` or `<` the bound; NaN as for `p`."""
        if self.bootstrap is None or self.why:
            return float("nan")
        return self.bootstrap.one_sided_p(self.value, self.draws, relation == ABOVE, bound)


def mean_once(found: Iterable[tuple[tuple, Sample]]) -> Sample:
    """Average the samples that there are; those of the same checkpoints, which come first in a pair, count once."""
    same: dict[tuple, list[Sample]] = {}
    whys = []
    for checkpoints, sample in found:
        if sample.why:
            whys.append(sample.why)
        else:
            same.setdefault(checkpoints, []).append(sample)
    if not same:
        return Sample.absent("; ".join(dict.fromkeys(whys)) or "no experiment has it")
    return _mean([_mean(samples) for samples in same.values()])


def _mean(samples: list[Sample]) -> Sample:
    draws = np.mean([sample.draws for sample in samples], axis=0)
    value = float(np.mean([sample.value for sample in samples]))
    return replace(samples[0], value=value, draws=draws, ids=_ids_of(samples))


def _ids_of(samples: list[Sample]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(run for sample in samples for run in sample.ids))


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

    def minus(self, other: Self) -> Self:
        """Subtract draw by draw; the side with fewer degrees of freedom decides how sure the difference is."""
        return replace(super().minus(other), freedom=min(self.freedom, other.freedom))

    @property
    def _can_be_told(self) -> bool:
        return self.freedom >= LEAST_FREEDOM  # runs that are all right, or never, have no interval and are not alike

    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval; NaN, NaN where there is none, or seeds are too few."""
        return (float("nan"), float("nan")) if self.why else crossed_interval(self.draws, self.freedom)

    def one_sided_p(self, relation: str, bound: float) -> float:
        """Return the p value of the null that the value is not `>` or `<` the bound; NaN where seeds are too few."""
        return crossed_p(one_sided_p(self.draws, relation, bound), self.freedom)
