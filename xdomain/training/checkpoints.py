"""Checkpoints that survive a kill: written whole, read as weights only, an older one behind every newest."""

from pathlib import Path
from typing import Any

import torch
from lightning_fabric.plugins.io.checkpoint_io import CheckpointIO
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint

from xdomain.files import atomic_file
from xdomain.spec import TrainSpec

BEST = "best.ckpt"


class AtomicCheckpointIO(CheckpointIO):
    """Lightning's checkpoints through a temporary file and a rename, loaded without unpickling code."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        with atomic_file(Path(path)) as file:
            torch.save(checkpoint, file)

    def load_checkpoint(self, path: Any, map_location: Any = None, weights_only: bool | None = True) -> dict[str, Any]:
        return torch.load(path, map_location=map_location or "cpu", weights_only=True)

    def remove_checkpoint(self, path: Any) -> None:
        Path(path).unlink(missing_ok=True)


def checkpoint_callbacks(folder: Path) -> list[ModelCheckpoint]:
    """The best validation accuracy's weights (the earliest of equals), and the last two epochs in full."""
    best = ModelCheckpoint(
        folder, Path(BEST).stem, monitor="val_acc", mode="max", save_weights_only=True, **_EACH_EPOCH
    )
    last = ModelCheckpoint(folder, "last-{epoch:04d}", monitor="epoch", mode="max", save_top_k=2, **_EACH_EPOCH)
    return [best, last]


_EACH_EPOCH = {
    "save_on_train_epoch_end": True,
    "auto_insert_metric_name": False,
    "enable_version_counter": False,
}


def load(path: Path) -> dict[str, Any] | None:
    """The checkpoint's content on the CPU, or None if the file is absent or torn."""
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        return None
    except Exception as error:  # torch raises RuntimeError, EOFError, UnpicklingError, ... for a torn file
        print(f"{path} is torn ({type(error).__name__}) and will not be used.", flush=True)
        return None


def newest_usable(folder: Path) -> tuple[Path, dict[str, Any]] | None:
    """The newest whole checkpoint to resume from, falling back to the one before a torn one, and saying so.

    The best weights must be whole too: a resumed run may never see a better epoch. Where they are torn, nothing
    is usable and the run begins again, which gives the same numbers.
    """
    newest_first = sorted(folder.glob("last-*.ckpt"), reverse=True)
    if newest_first and load(folder / BEST) is None:
        print("The best checkpoint cannot be read: training begins again from the first epoch.", flush=True)
        newest_first = []
    for path in newest_first:
        if (content := load(path)) is not None:
            return path, content
    for path in folder.glob("*.ckpt"):
        path.unlink()  # torn, or the remains of a training that begins again
    return None


def is_complete(checkpoint: dict[str, Any], recipe: TrainSpec) -> bool:
    """Whether training had ended with this checkpoint: all epochs done, or patience used up."""
    stopping = next(state for key, state in checkpoint["callbacks"].items() if key.startswith(EarlyStopping.__name__))
    return checkpoint["epoch"] + 1 >= recipe.max_epochs or stopping["wait_count"] >= recipe.patience
