"""What a claim on Temporal Shape is about, measured: averages and slopes over sizes and seeds."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from analysis.runs.load import Study, V
from analysis.statistics.iqm import weighted_slope
from analysis.statistics.ratios import divide
from analysis.table.samples import CrossedSample
from analysis.temporal_shape.crossed import floors
from analysis.temporal_shape.grid import GridCell, grid_cell
from xdomain.core.errors import UserError
from xdomain.models import display_name
from xdomain.studies.claim_tests import SLOPE, Quantity, Test
from xdomain.studies.temporal_shape import DOMAINS

ACCURACY, ROBUSTNESS, TARGETS = "A", "rr", "targets"


class TemporalShapeQuantities:
    """Samples of the quantities that tests name. Seeds are drawn within each size, clips for all runs."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self._models = {display_name(name): name for name in study.runs["model"].unique()}
        self._cell = cache(self._find_cell)  # of this object, which a cache of the class would keep for ever
        self._floors = floors(study)

    def sample(self, test: Test) -> CrossedSample:
        """Measure the tested quantity, the difference of two models over the sizes in which both have a run.

        Raises:
            UserError: the test names a measure or a domain that there is not.
        """
        if test.second is None:
            return self._quantity(test.first)
        models = [side.model for side in test.sides] if test.first.name == test.second.name else []
        first, second = (self._quantity(side, models) for side in test.sides)
        return first.minus(second)

    def chance(self, test: Test) -> float:
        """Average the floors of the clips that the tested accuracy is over, as the accuracy is averaged.

        Raises:
            UserError: the test is of no accuracy.
        """
        if test.second is not None or test.first.measure != ACCURACY or test.first.form:
            raise UserError(f"{test.comparison} near chance: chance is an accuracy, and this is none. Give a number.")
        sources, sizes = _place(test.first)
        found = []
        for source in sources:
            cell = self._cell(source, self._models.get(test.first.model, ""), sizes)
            places = [(run, name) for run in (cell.wide["id"] if cell else ()) for name in _domains(test.first, source)]
            found.append([self._floors.get(place, np.nan) for place in places])
        return float(np.mean([np.mean(floors) if floors else np.nan for floors in found]))

    def needs(self, test: Test) -> tuple[str, ...]:
        """List the runs of the test's models on its sources."""
        runs: list[str] = []
        for side in test.sides:
            sources, sizes = _place(side)
            of = self.study.runs[self.study.runs["source"].isin(sources)]
            of = of[of["model"] == self._models.get(side.model)]
            runs += of.loc[of["hidden"].isin(sizes) if sizes else of.index, "id"].tolist()
        return tuple(dict.fromkeys(runs))

    def _quantity(self, quantity: Quantity, models: Sequence[str] = ()) -> CrossedSample:
        """Average the quantity over the sources, on each over the sizes that all of `models` have."""
        sources, sizes = _place(quantity)
        found = [self._of_source(quantity, source, sizes, models) for source in sources]
        if why := next((sample.why for sample in found if sample.why), ""):
            return CrossedSample.absent(why)
        ids = tuple(run for sample in found for run in sample.ids)
        draws = np.mean([sample.draws for sample in found], axis=0)
        freedom = min(sample.freedom for sample in found)
        return CrossedSample(float(np.mean([sample.value for sample in found])), draws, ids, freedom=freedom)

    def _of_source(
        self, quantity: Quantity, source: str, sizes: tuple[int, ...], models: Sequence[str]
    ) -> CrossedSample:
        """Take the mean, or the slope on ln h, of the runs' own values."""
        if quantity.model not in self._models:
            return CrossedSample.absent(f"{quantity.model} not launched")
        cell = self._cell(source, self._models[quantity.model], sizes)
        if cell is None:
            of_sizes = f" with h={','.join(map(str, sizes))}" if sizes else ""
            return CrossedSample.absent(f"{quantity.model} has no run on {source}{of_sizes}")
        for other in (self._cell(source, self._models.get(model, ""), sizes) for model in models):
            cell = cell.of_sizes(other.sizes) if other else cell
        if cell.wide.empty:
            return CrossedSample.absent(f"{' and '.join(models)} share no size on {source}")
        domains = _domains(quantity, source)
        if absent := [name for name in domains if name not in cell.wide]:
            return CrossedSample.absent(f"{absent[0]} not evaluated")
        values = cell.wide[domains].to_numpy(float).mean(axis=1)  # (N,)
        drawn = np.mean([cell.drawn(name) for name in domains], axis=0)  # (draws, N)
        if quantity.measure == ROBUSTNESS:
            values, drawn = divide(values, cell.wide[V].to_numpy(float)), divide(drawn, cell.drawn(V))
        usable = np.isfinite(values)
        if not usable.all():
            return CrossedSample.absent(f"{quantity.model}: V is 0 in {(~usable).sum()} runs")
        sides = ((values, np.ones((1, len(values)))), (drawn, cell.weights()))
        if quantity.form == SLOPE:
            sizes_of = np.log(cell.wide["hidden"].to_numpy(float))
            if len(np.unique(sizes_of)) < 2:
                return CrossedSample.absent("one size has no slope")
            value, draws = (weighted_slope(sizes_of, accuracies, weights) for accuracies, weights in sides)
        else:
            value, draws = ((weights * accuracies).sum(axis=1) / weights.sum(axis=1) for accuracies, weights in sides)
        return CrossedSample(float(value[0]), draws, tuple(cell.wide["id"]), freedom=cell.freedom())

    def _find_cell(self, source: str, model: str, sizes: tuple[int, ...]) -> GridCell | None:
        """Find a model's runs of some sizes, or of all; None where there is none."""
        cell = grid_cell(self.study, source, model)
        if cell and sizes:
            cell = cell.of_sizes(np.array(sizes))
        return cell if cell and len(cell.wide) else None


def _domains(quantity: Quantity, source: str) -> list[str]:
    return [name for name in DOMAINS if name != source] if quantity.of == (TARGETS,) else list(quantity.of)


def _place(quantity: Quantity) -> tuple[list[str], tuple[int, ...]]:
    """Read the domains trained on, and the sizes."""
    shown, _, sizes = quantity.where.partition(" h=")
    sources = shown.split("+")
    if quantity.measure not in (ACCURACY, ROBUSTNESS) or quantity.form not in ("", SLOPE) or not quantity.of:
        raise UserError(f"{quantity.name} is none of Temporal Shape's quantities: A(domain), rr(domain) or a slope.")
    for name in (*sources, *quantity.of):
        if name not in (*DOMAINS, V, TARGETS):
            raise UserError(f"{quantity.name}: there is no domain {name!r}, only V, {', '.join(DOMAINS)}.")
    if any(not size.isdecimal() for size in sizes.split(",") if sizes):
        raise UserError(f"{quantity.name}: the sizes {sizes!r} are no whole numbers, such as h=2,4.")
    return sources, tuple(int(size) for size in sizes.split(",") if size)
