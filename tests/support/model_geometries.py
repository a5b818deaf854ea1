"""Every registered model at the sizes that the studies, the demos and the tests give it, taken from the code itself."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from xdomain.core.errors import UserError
from xdomain.modelcheck.subject import Subject
from xdomain.models import BUILT_IN, build
from xdomain.studies import diving48
from xdomain.studies import temporal_shape as ts

FEW = 2  # units
ROOT = Path(__file__).parents[2]
SMALL_SIDES = (8, 16, 32, 64, 176, 192, 224)


def fits(name: str, frames: int, side: int, channels: int) -> bool:
    """Whether the model takes such clips at all."""
    try:
        with torch.device("meta"):
            build(name, FEW, frames, side, channels, 5)
    except UserError:
        return False
    return True


def fewest_frames(name: str, side: int = 224) -> int:
    """Two at least: with one, what happens along time would not show."""
    return next(frames for frames in (2, 4, 8, 16, 32) if fits(name, frames, side, 3))


def temporal_shape() -> Iterator[Subject]:
    for spec in ts.grid(sources=ts.SOURCES[:1], sizes=(2, 8), seeds=ts.SEEDS[:1]):
        yield Subject(spec.model.name, spec.model.hidden, ts.FRAMES, ts.SIDE, 1, len(ts.CLASSES))


def diving() -> Iterator[Subject]:
    """The experiments' models and Table 17's at 224 pixels, with few units and few frames."""
    for name in [*(name for *_, name in diving48.distinct_models()), *(row.model for row in diving48.TABLE_17)]:
        yield Subject(name, FEW, fewest_frames(name), 224, 3, diving48.CLASSES)
    for side in (176, 192):
        yield Subject("convlstm-4blocks", FEW, 3, side, 3, 5)


def demos() -> Iterator[Subject]:
    """What `make demo`, `demo-diving` and `demo-paper` launch, read off their recipes alone: no launcher is needed."""
    for name, table in _recipe("ts-demo")["models"].items():
        for hidden in table["hidden"]:
            yield Subject(name, hidden, ts.FRAMES, ts.SIDE, 1, len(ts.CLASSES))
    for recipe in (_recipe("demo-diving"), _recipe("demo-paper")):
        frames, side = (recipe["settings"][name] for name in ("frames", "side"))
        for name in diving48.models_of(recipe["experiments"]):
            yield Subject(name, recipe["hidden"], frames, side, 3, 5)


def _recipe(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "jobs" / "recipes" / f"{name}.toml").read_text())


def one_pixel() -> Iterator[Subject]:
    """Every model at its smallest side, where pooling leaves one pixel, with more than one frame left."""
    for name in BUILT_IN:
        side = next(side for side in SMALL_SIDES if fits(name, 32, side, 3))
        yield Subject(name, FEW, 2 * fewest_frames(name, side), side, 3, 5)


ALL = tuple(dict.fromkeys([*temporal_shape(), *diving(), *demos(), *one_pixel()]))


def takes_minutes(subject: Subject) -> bool:
    """Whether the check is for `make test-slow`: by what goes in, and by the number of layers."""
    with torch.device("meta"):
        model = build(subject.name, subject.hidden, subject.frames, subject.side, subject.channels, subject.classes)
    values = subject.frames * subject.side**2 * subject.channels * subject.hidden
    return values > 620_000 or len(list(model.parameters())) * values > 20_000_000
