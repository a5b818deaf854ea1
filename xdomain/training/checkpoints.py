"""Checkpoints that survive a kill: written atomically, read as weights only, an older one behind every newest."""

import io
import zipfile
from pathlib import Path
from typing import Any

import torch
from lightning_fabric.plugins.io.checkpoint_io import CheckpointIO
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
from torch import Tensor

from xdomain.core.files import atomic_file
from xdomain.specs.spec import TrainSpec
from xdomain.training.origin import MADE_FROM

BEST = "best.ckpt"
LAST_EPOCHS = 2  # kept in full: should the newest be truncated, there is the one before


class AtomicCheckpointIO(CheckpointIO):
    """Lightning's checkpoints through a temporary file and a rename, loaded without unpickling code.

    Each carries `made_from` (xdomain/training/origin.py).
    """

    def __init__(self, made_from: dict[str, Any]) -> None:
        self.made_from = made_from

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write the checkpoint atomically, with what it was made from."""
        with atomic_file(Path(path)) as file:
            torch.save(checkpoint | {MADE_FROM: self.made_from}, file)

    def load_checkpoint(self, path: Any, map_location: Any = None, weights_only: bool | None = True) -> dict[str, Any]:
        """Read the checkpoint as weights only."""
        return torch.load(path, map_location=map_location or "cpu", weights_only=True)

    def remove_checkpoint(self, path: Any) -> None:
        """Remove the checkpoint, if it is there."""
        Path(path).unlink(missing_ok=True)


class RandomState(Callback):
    """Carries the state of torch's generators from an epoch's last step to the next epoch's first.

    So a model's own chance (dropout) is the same where a training is continued, and does not hang on what loaders draw
    in between, which depends on how many processes read.
    """

    def __init__(self) -> None:
        self.states: dict[str, Tensor] = {}

    def state_dict(self) -> dict[str, Any]:
        """Return the states after the last step, for the checkpoint."""
        return self.states

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take back the states that a checkpoint holds."""
        self.states = state_dict

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note the states that the seed left; loaders begin after this."""
        if not self.states:
            self._note(trainer)

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        """Put the states back before an epoch's first step."""
        if batch_idx == 0:
            torch.set_rng_state(self.states["cpu"])
            if "cuda" in self.states and trainer.strategy.root_device.type == "cuda":
                torch.cuda.set_rng_state(self.states["cuda"], trainer.strategy.root_device)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Note the states after an epoch's last step."""
        if batch_idx + 1 == trainer.num_training_batches:
            self._note(trainer)

    def _note(self, trainer: Trainer) -> None:
        device = trainer.strategy.root_device
        self.states = {"cpu": torch.get_rng_state()}
        if device.type == "cuda":
            self.states["cuda"] = torch.cuda.get_rng_state(device)


class MovableCheckpoint(ModelCheckpoint):
    """Lightning's callback, which would forget the best score so far when its folder has another name than before.

    It has where the runs root was moved, or is bound elsewhere in an image.
    """

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state, with every path moved into the present folder."""

        def here(path: str) -> str:
            return str(Path(self.dirpath or "") / Path(path).name) if path else path

        paths = ("best_model_path", "kth_best_model_path", "last_model_path")
        moved = {name: here(state_dict[name]) for name in paths if name in state_dict}
        kept = {here(path): score for path, score in state_dict["best_k_models"].items()}
        super().load_state_dict(state_dict | moved | {"best_k_models": kept, "dirpath": self.dirpath})


def checkpoint_callbacks(folder: Path) -> list[ModelCheckpoint]:
    """Keep the best validation accuracy's weights (the earliest of equals), and the last two epochs in full."""
    best = MovableCheckpoint(
        folder, Path(BEST).stem, monitor="val_acc", mode="max", save_weights_only=True, **_EACH_EPOCH
    )
    last = MovableCheckpoint(
        folder, "last-{epoch:04d}", monitor="epoch", mode="max", save_top_k=LAST_EPOCHS, **_EACH_EPOCH
    )
    return [best, last]


_EACH_EPOCH: dict[str, Any] = {
    "save_on_train_epoch_end": True,
    "auto_insert_metric_name": False,
    "enable_version_counter": False,
}


def load(path: Path) -> dict[str, Any] | None:
    """Load the checkpoint's content on the CPU, or None if the file is absent or truncated.

    Raises:
        OSError: the file is there but cannot be read just now; it may well be complete.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        if damaged := zipfile.ZipFile(io.BytesIO(content)).testzip():  # torch does not compare checksums itself
            raise zipfile.BadZipFile(damaged)
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except (
        Exception
    ) as error:  # torch raises RuntimeError, EOFError, OSError, UnpicklingError, ... for truncated content
        print(f"{path} is truncated or damaged ({type(error).__name__}) and will not be used.", flush=True)
        return None


def remove_older(folder: Path) -> None:
    """Leave the last two epochs: Lightning keeps the checkpoint it continued from for ever."""
    for path in sorted(folder.glob("last-*.ckpt"))[:-LAST_EPOCHS]:
        path.unlink(missing_ok=True)


def newest_usable(folder: Path) -> tuple[Path, dict[str, Any]] | None:
    """Find the newest complete checkpoint to resume from; fall back to the one before a truncated one, and say so.

    The best weights must be complete too: a resumed run may never see a better epoch. Where they are not, nothing
    is usable and the run begins again, which gives the same numbers.
    """
    newest_first = sorted(folder.glob("last-*.ckpt"), reverse=True)
    if newest_first and load(folder / BEST) is None:
        print("The best checkpoint cannot be read: training begins again from the first epoch.", flush=True)
        newest_first = []
    for path in newest_first:
        if (content := load(path)) is not None:
            return path, content
    if newest_first:
        print("No checkpoint can be read: training begins again from the first epoch.", flush=True)
    for path in folder.glob("*.ckpt"):
        path.unlink(missing_ok=True)  # truncated, or the remains of a training that begins again
    return None


def is_complete(checkpoint: dict[str, Any], recipe: TrainSpec) -> bool:
    """Tell whether training had ended with this checkpoint: all epochs done, or patience used up."""
    stopping = next(state for key, state in checkpoint["callbacks"].items() if key.startswith(EarlyStopping.__name__))
    return checkpoint["epoch"] + 1 >= recipe.max_epochs or stopping["wait_count"] >= max(1, recipe.patience)
