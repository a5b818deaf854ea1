"""The Temporal Shape study's launches: a request becomes the specs of runs."""

import dataclasses
from dataclasses import dataclass

from xdomain import models
from xdomain.core.errors import UserError
from xdomain.core.roots import data_root
from xdomain.execute.registry import study_of
from xdomain.specs.overrides import parse_overrides, vary
from xdomain.specs.shapes import ShapeRun
from xdomain.studies import temporal_shape as ts
from xdomain.studies.zoo import with_weights


@dataclass(frozen=True)
class GridRequest:
    """Which part of the grid a user names, and how it deviates from the paper's."""

    source: str = "both"
    models: tuple[str, ...] = ()  # none: the paper's, as of sizes and seeds
    sizes: tuple[int, ...] = ()
    seeds: tuple[int, ...] = ()
    weights: str = ""  # of a library's model; empty: random ones
    frozen: bool = False  # of a library's model only the head learns
    settings: tuple[str, ...] = ()  # NAME=VALUE
    tag: str = ""
    also: tuple[str, ...] = ()  # functions of the source's held-out clips to be evaluated on, such as reversed


def grid_runs(request: GridRequest) -> list[ShapeRun]:
    """Make the specs of the runs.

    Raises:
        UserError: no such model, size or function, or a wrong setting.
    """
    sources = ts.SOURCES if request.source == "both" else (request.source,)
    names = tuple(dict.fromkeys(map(models.canonical_name, request.models))) or ts.MODELS
    sizes = request.sizes or ts.SIZES
    if unknown := [size for size in sizes if size not in ts.SIZES]:
        raise UserError(f"--hidden {unknown[0]}: the study's sizes are {', '.join(map(str, ts.SIZES))}.")
    grid = ts.grid(sources, names, sizes, request.seeds or ts.SEEDS)
    grid = vary(grid, parse_overrides(request.settings), request.tag)
    grid = [_evaluated_also_on(request.also, spec, request.tag) for spec in grid]
    grid = with_weights(grid, request.weights, request.frozen)
    for spec in grid:
        spec.check()
    study_of(ts.STUDY).require_makeable(grid[0], data_root())  # all have the same functions
    return grid


def _evaluated_also_on(domains: tuple[str, ...], spec: ShapeRun, tag: str) -> ShapeRun:
    """Add targets that are functions of clips, as a variant: they are no part of the paper's runs."""
    if drawn := [name for name in domains if name in ts.DOMAINS]:
        raise UserError(f"--also {drawn[0]}: every run is evaluated on it. Name functions of clips, such as reversed.")
    if not domains:
        return spec
    variant = tag or "-".join(filter(None, (spec.variant, f"also.{'.'.join(domains)}")))
    return dataclasses.replace(spec, targets=(*spec.targets, *domains), variant=variant)
