"""A training of the grid with everything around its steps: Lightning, validation, checkpoints."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer

from benchmarks.gpu.scale import Scale
from xdomain.core.roots import data_root
from xdomain.datasets.temporal_shape.clipset import ClipSet, open_set, set_paths
from xdomain.datasets.temporal_shape.generate import generate
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.overrides import apply_overrides
from xdomain.specs.shapes import ShapeRun
from xdomain.studies import temporal_shape as ts
from xdomain.training.data import SourceData
from xdomain.training.fit import classifier
from xdomain.training.trainer import compute, make_trainer, seed_everything_for

TAG = "benchmark"


def spec_of(model: str, hidden: int, scale: Scale, **more: Any) -> ShapeRun:
    """Return the grid's run of `model` on 2dot, first seed, with the deviations of `scale`."""
    return apply_overrides(ts.run("2dot", model, hidden, ts.SEEDS[0]), dict(scale.data) | more, TAG)


def source_clips(spec: ShapeRun) -> ClipSet:
    """Open the clips that `spec` trains on, which are made where they are missing."""
    clip_set = spec.inputs[0]
    generate(clip_set, data_root())
    return open_set(set_paths(clip_set, data_root())[0], verify=False)


class Enough(Exception):
    """The clock has seen what it was to see: leaves Lightning's loop in the middle of an epoch."""


class Clock(Callback):
    """Notes when every step was launched and every epoch ended; `after` is called with both and may raise `Enough`."""

    def __init__(self, after: Callable[["Clock"], None]) -> None:
        self.after = after
        self.steps: list[float] = []  # time.perf_counter()
        self.epochs: list[float] = []

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        """Note a step."""
        self.steps.append(time.perf_counter())
        self.after(self)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note an epoch."""
        self.epochs.append(time.perf_counter())
        self.after(self)


def train(spec: ShapeRun, clips: ClipSet, folder: Path, clock: Clock) -> None:
    """Train `spec` as a run is, from the beginning, until the clock stops it or its recipe."""
    on = compute()
    seed_everything_for(spec, on)
    data = SourceData(clips, spec)
    module = classifier(spec, data.shape, data.prepare)
    trainer = make_trainer(spec, RunFolder(folder), on, None, {})
    trainer.callbacks.append(clock)  # type: ignore[attr-defined]  # a connector of Lightning's sets it
    with suppress(Enough):
        trainer.fit(module, data)
