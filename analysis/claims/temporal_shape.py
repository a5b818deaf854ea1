"""What a claim on Temporal Shape is about, measured: averages and slopes over sizes and seeds."""

from functools import cache

import numpy as np

from analysis.claims.grammar import Quantity, Test
from analysis.claims.samples import PlainSample
from analysis.runs.load import Study, V
from analysis.statistics.iqm import weighted_slope
from analysis.statistics.ratios import divide
from analysis.temporal_shape.grid import GridCell, grid_cell
from xdomain.core.errors import UserError
from xdomain.models import display_name
from xdomain.studies.temporal_shape import CLASSES, DOMAINS

ACCURACY, ROBUSTNESS, TARGETS = "A", "rr", "targets"


class TemporalShapeQuantities:
    """Samples of the quantities that tests name. Seeds are drawn within each size, a model's for all its domains."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.chance = 1 / len(CLASSES)
        self._models = {display_name(name): name for name in study.runs["model"].unique()}

    def sample(self, test: Test) -> PlainSample:
        """Measure the tested quantity.

        Raises:
            UserError: the test names a measure or a domain that there is not.
        """
        first = self._quantity(test.first)
        second = self._quantity(test.second) if test.second else None
        if second is None:
            return first
        if why := first.why or second.why:
            return PlainSample.absent(why)
        ids = tuple(dict.fromkeys(first.ids + second.ids))
        return PlainSample(first.value - second.value, first.draws - second.draws, ids)

    def needs(self, test: Test) -> tuple[str, ...]:
        """List the runs of the test's models on its sources."""
        runs: list[str] = []
        for side in (test.first, test.second):
            if side is None:
                continue
            sources, sizes = _place(side)
            of = self.study.runs[self.study.runs["source"].isin(sources)]
            of = of[of["model"] == self._models.get(side.model)]
            runs += of.loc[of["hidden"].isin(sizes) if sizes else of.index, "id"].tolist()
        return tuple(dict.fromkeys(runs))

    def _quantity(self, quantity: Quantity) -> PlainSample:
        """Average the quantity over the sources."""
        sources, sizes = _place(quantity)
        found = [self._of_source(quantity, source, sizes) for source in sources]
        if why := next((sample.why for sample in found if sample.why), ""):
            return PlainSample.absent(why)
        ids = tuple(run for sample in found for run in sample.ids)
        draws = np.mean([sample.draws for sample in found], axis=0)
        return PlainSample(float(np.mean([sample.value for sample in found])), draws, ids)

    def _of_source(self, quantity: Quantity, source: str, sizes: tuple[int, ...]) -> PlainSample:
        """Take the mean, or the slope on ln h, of the runs' own values."""
        if quantity.model not in self._models:
            return PlainSample.absent(f"{quantity.model} not launched")
        cell = self._cell(source, self._models[quantity.model], sizes)
        if cell is None:
            return PlainSample.absent(f"{quantity.model} has no run on {source}")
        domains = [name for name in DOMAINS if name != source] if quantity.of == (TARGETS,) else list(quantity.of)
        if absent := [name for name in domains if name not in cell.wide]:
            return PlainSample.absent(f"{absent[0]} not evaluated")
        values = cell.wide[domains].to_numpy(float).mean(axis=1)  # (N,)
        if quantity.measure == ROBUSTNESS:
            values = divide(values, cell.wide[V].to_numpy(float))
        usable = np.isfinite(values)
        if not usable.all():
            return PlainSample.absent(f"{quantity.model}: V is 0 in {(~usable).sum()} runs")
        ones = np.ones((1, len(values)))
        if quantity.form == "slope":
            sizes_of = np.log(cell.wide["hidden"].to_numpy(float))
            if len(np.unique(sizes_of)) < 2:
                return PlainSample.absent("one size has no slope")
            value, draws = (weighted_slope(sizes_of, values, weights) for weights in (ones, cell.weights()))
        else:
            value, draws = ((weights @ values) / weights.sum(axis=1) for weights in (ones, cell.weights()))
        return PlainSample(float(value[0]), draws, tuple(cell.wide["id"]))

    @cache  # noqa: B019 - one object a command
    def _cell(self, source: str, model: str, sizes: tuple[int, ...]) -> GridCell | None:
        """Find a model's runs of some sizes, or of all; None where there is none."""
        cell = grid_cell(self.study, source, model)
        if cell and sizes:
            cell = cell.of_sizes(np.array(sizes))
        return cell if cell and len(cell.wide) else None


def _place(quantity: Quantity) -> tuple[list[str], tuple[int, ...]]:
    """Read the domains trained on, and the sizes."""
    shown, _, sizes = quantity.where.partition(" h=")
    sources = shown.split("+")
    if quantity.measure not in (ACCURACY, ROBUSTNESS) or quantity.form not in ("", "slope") or not quantity.of:
        raise UserError(f"{quantity.name} is none of Temporal Shape's quantities: A(domain), rr(domain) or a slope.")
    for name in (*sources, *quantity.of):
        if name not in (*DOMAINS, V, TARGETS):
            raise UserError(f"{quantity.name}: there is no domain {name!r}, only V, {', '.join(DOMAINS)}.")
    if any(not size.isdigit() for size in sizes.split(",") if sizes):
        raise UserError(f"{quantity.name}: the sizes {sizes!r} are no whole numbers, such as h=2,4.")
    return sources, tuple(int(size) for size in sizes.split(",") if size)
