"""metrics.csv: one row per epoch, kept in the checkpoint so that a resumed run's file has no gaps or repeats."""

import time
from pathlib import Path
from typing import Any

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Checkpoint

from xdomain.core.files import write_csv

COLUMNS = ("epoch", "train_loss", "train_acc", "val_loss", "val_acc", "seconds")


class History(Checkpoint):
    """Rewrites metrics.csv after every epoch and prints a plain line where no progress bar is shown.

    It is a `Checkpoint` to Lightning only for its place in the order: after the epoch's metrics are logged,
    before the checkpoints that carry its rows.
    """

    def __init__(self, file: Path, max_epochs: int, plain: bool) -> None:
        self.file, self.max_epochs, self.plain = file, max_epochs, plain
        self.rows: list[dict[str, float]] = []
        self.started = 0.0

    def state_dict(self) -> dict[str, Any]:
        """Return the rows so far, for the checkpoint."""
        return {"rows": self.rows}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the rows that a checkpoint holds."""
        self.rows = state_dict["rows"]

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the epoch's clock."""
        self.started = time.perf_counter()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Add the epoch's row, and write the file anew."""
        metrics = {name: float(trainer.callback_metrics[name]) for name in COLUMNS[1:-1]}
        seconds = round(time.perf_counter() - self.started, 3)
        self.rows.append({"epoch": trainer.current_epoch, **metrics, "seconds": seconds})
        if not trainer.is_global_zero:
            return
        write_csv(self.file, COLUMNS, self.rows)
        if self.plain:
            print(
                f"epoch {trainer.current_epoch + 1}/{self.max_epochs}"
                f"  train loss {metrics['train_loss']:.4f}  accuracy {metrics['train_acc']:.1%}"
                f"  validation loss {metrics['val_loss']:.4f}  accuracy {metrics['val_acc']:.1%}"
                f"  {seconds:.1f} s",
                flush=True,
            )
