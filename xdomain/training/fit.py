"""Fit one run, from scratch or from its last complete checkpoint, to its best-validation weights."""

import csv
import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pytorch_lightning import Callback, Trainer

from xdomain.core.errors import Interrupted
from xdomain.core.interruption import asked_by
from xdomain.models import build
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.spec import RunSpec
from xdomain.training.capture import require_step
from xdomain.training.checkpoints import BEST, is_complete, load, newest_usable, remove_older
from xdomain.training.data import Batch, ClipShape, RunClips
from xdomain.training.interruption import StopWhenAsked
from xdomain.training.matching import MatchedCheckpoints
from xdomain.training.module import Classifier
from xdomain.training.origin import Data, require_same_data, said_of_origin
from xdomain.training.trainer import compute, make_trainer, seed_everything_for

# Lightning's tips are for other set-ups than this one: the data is on the device, and Slurm is submitit's to handle.
logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
warnings.filterwarnings("ignore", module="(pytorch_lightning|lightning_fabric).*")


@dataclass(frozen=True)
class Trained:
    """A model with its best-validation weights, and how it came to them."""

    module: Classifier
    trainer: Trainer
    best_epoch: int  # counted from 0
    epochs: int
    seconds: float  # of training and validation, over all attempts
    parameters: int  # trainable


def classifier(spec: RunSpec, clips: ClipShape, prepare: Callable[[Any], Batch] | None) -> Classifier:
    """Build the untrained model of `spec` for clips of that shape; seed before. `prepare` is the data's."""
    own = spec.model
    shape = clips.frames, clips.side, clips.channels, clips.classes
    model = build(spec.network, own.hidden, *shape, own.weights, own.sha256, own.frozen)
    return Classifier(model, spec.train, clips.classes, prepare)


def fit(spec: RunSpec, folder: RunFolder, data: RunClips, tracker: str | None, contents: Data) -> Trained:
    """Train `spec` on `data`, continuing what `folder` holds. `contents` identifies the data, as the result says it.

    Raises:
        Diverged: the loss became NaN or infinite.
        UserError: what `folder` holds was trained on other data; or the step cannot be had here.
        Interrupted: a signal asked to stop; an epoch's checkpoint was written.
    """
    hardware = compute()
    require_step(spec.train.step, hardware.accelerator)
    seed_everything_for(spec, hardware)
    module = classifier(spec, data.shape, data.prepare)
    trainer = make_trainer(spec, folder, hardware, tracker, contents)
    callbacks: list[Callback] = trainer.callbacks  # type: ignore[attr-defined]  # a connector of Lightning's sets it

    newest = newest_usable(folder.checkpoints)
    if newest:
        require_same_data(
            newest[0],
            newest[1],
            contents,
            f"A training sees one data set: put that back to continue, or move {folder.path} away and give the same "
            "command again to begin anew.",
        )
        print(
            f"Continuing after epoch {newest[1]['epoch'] + 1}, from {newest[0]}. {said_of_origin(newest[1])}".rstrip(),
            flush=True,
        )
    if newest is None or not is_complete(newest[1], spec.train):
        try:
            trainer.fit(module, data, ckpt_path=newest and newest[0], weights_only=True)
        except SystemExit as error:  # what Lightning makes of a Ctrl-C
            raise KeyboardInterrupt from error
        trainer.strategy.barrier()  # the first rank has written what all of them now read
        newest = newest_usable(folder.checkpoints)
        stopped = next(callback.stopped for callback in callbacks if isinstance(callback, StopWhenAsked))
        if stopped and newest and not is_complete(newest[1], spec.train):
            raise Interrupted(f"{asked_by() or 'another rank'} after epoch {newest[1]['epoch'] + 1}")
    if trainer.is_global_zero:
        remove_older(folder.checkpoints)
        for callback in callbacks:
            if newest and isinstance(callback, MatchedCheckpoints):
                # From the file: a training that was complete already has not been through this trainer.
                callback.load_state_dict(newest[1]["callbacks"][callback.state_key])
                callback.remove_superseded()
    trainer.strategy.barrier()  # all ranks see the same files
    best = load(folder.checkpoints / BEST)
    assert best is not None, f"{folder.checkpoints / BEST} is absent or damaged"
    module.load_state_dict(best["state_dict"])
    with folder.metrics_file.open() as file:
        seconds = [float(row["seconds"]) for row in csv.DictReader(file)]
    return Trained(
        module=module,
        trainer=trainer,
        best_epoch=best["epoch"],
        epochs=len(seconds),
        seconds=round(sum(seconds), 1),
        parameters=sum(p.numel() for p in module.parameters() if p.requires_grad),
    )
