"""One Lightning trainer for a run: same spec, same numbers, whatever the scheduler around it."""

import os
import sys
from dataclasses import dataclass

import torch
from pytorch_lightning import Callback, Trainer, seed_everything
from pytorch_lightning.callbacks import EarlyStopping, TQDMProgressBar
from pytorch_lightning.loggers import Logger, TensorBoardLogger, WandbLogger
from pytorch_lightning.plugins.environments import LightningEnvironment, TorchElasticEnvironment

from xdomain.core.errors import UserError
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.spec import RunSpec
from xdomain.training.checkpoints import AtomicCheckpointIO, RandomState, checkpoint_callbacks
from xdomain.training.history import History
from xdomain.training.interruption import StopWhenAsked
from xdomain.training.matching import MatchedCheckpoints
from xdomain.training.origin import Data, made_from


@dataclass(frozen=True)
class Compute:
    """What this process computes on."""

    accelerator: str  # Lightning's name: gpu or cpu
    name: str  # of the hardware, for the record


def compute() -> Compute:
    """Return the GPU where there is one, else the CPU."""
    if torch.cuda.is_available():
        return Compute("gpu", torch.cuda.get_device_name(0))
    return Compute("cpu", "CPU")


def seed_everything_for(spec: RunSpec, hardware: Compute) -> None:
    """Fix every source of chance before the model is built."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what deterministic cuBLAS asks for
    seed_everything(spec.seed, verbose=False)
    if hardware.accelerator == "cpu":
        torch.set_num_threads(spec.train.cpu_threads)


def make_trainer(spec: RunSpec, folder: RunFolder, hardware: Compute, tracker: str | None, contents: Data) -> Trainer:
    """Make the trainer of `spec`, reporting into `folder`; a progress bar in a terminal, a line per epoch in a log.

    `contents` identifies the data, and is kept in its checkpoints.
    """
    recipe = spec.train
    in_terminal = sys.stderr.isatty() and int(os.environ.get("RANK", "0")) == 0
    callbacks: list[Callback] = [
        EarlyStopping("val_acc", mode="max", patience=recipe.patience),
        StopWhenAsked(),
        RandomState(),
        History(folder.metrics_file, recipe.max_epochs, plain=not in_terminal),
        *([MatchedCheckpoints(folder.checkpoints, recipe)] if recipe.levels or recipe.keep_all else []),
        *checkpoint_callbacks(folder.checkpoints),
    ]
    if in_terminal:
        callbacks.append(TQDMProgressBar())
    trainer = Trainer(
        accelerator=hardware.accelerator,
        devices=recipe.ranks,
        strategy="auto" if recipe.ranks == 1 else "ddp",
        use_distributed_sampler=False,  # ours knows ranks, and repeats no clip
        # Under Slurm too Lightning must neither count tasks nor requeue by itself: jobs/ says who is which rank.
        plugins=[
            LightningEnvironment() if recipe.ranks == 1 else TorchElasticEnvironment(),
            AtomicCheckpointIO(made_from(contents)),
        ],
        precision=recipe.precision if hardware.accelerator == "gpu" else "32-true",  # type: ignore[arg-type]  # checked before
        max_epochs=recipe.max_epochs,
        accumulate_grad_batches=recipe.accumulate,
        callbacks=callbacks,
        logger=_logger(tracker, spec, folder) if tracker else False,
        # CUDA has no deterministic 3D max pooling: there the flag warns, on a CPU runs are bit-identical.
        deterministic=True if hardware.accelerator == "cpu" else "warn",
        enable_model_summary=False,
        enable_progress_bar=in_terminal,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        default_root_dir=folder.path,
    )
    # Signals are ours (xdomain/core/interruption.py); Lightning's handler of SIGTERM would end the run in mid-epoch.
    trainer._signal_connector.register_signal_handlers = lambda: None  # type: ignore[method-assign]
    return trainer


def _logger(tracker: str, spec: RunSpec, folder: RunFolder) -> Logger:
    try:
        if tracker == "tensorboard":
            return TensorBoardLogger(folder.path, name="tensorboard", version="")
        os.environ.setdefault("WANDB_MODE", "offline")  # compute nodes rarely reach the internet
        # The run's own id: an interrupted and resumed run stays one run there.
        return WandbLogger(
            name=spec.id,
            id=spec.id.replace("/", "-"),
            project="xdomain",
            save_dir=folder.path,
            resume="allow",
        )
    except ModuleNotFoundError as error:
        raise UserError(f"{error}. Install the trackers with: pip install 'xdomain[tracking]'.") from error
