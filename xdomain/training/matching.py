"""Keep the weights of the epochs that experiments may compare, not of all five hundred (paper section 3.3).

For each level of validation accuracy that is the epoch nearest to it; with the best and the last epoch, which other
callbacks keep, the disk that a training takes does not grow with its length.
"""

from pathlib import Path
from typing import Any

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Checkpoint

from xdomain.specs.spec import TrainSpec

KEPT = "epoch-{:04d}.ckpt"  # weights only, epochs counted from 0


class MatchedCheckpoints(Checkpoint):
    """After each epoch, keeps its weights if it is nearer to a level than every one before (ties: the earlier).

    Its state is part of the checkpoints, and a file that is superseded is removed only after the next of those was
    written: a run killed at any moment finds every file that its state names.
    """

    def __init__(self, folder: Path, recipe: TrainSpec) -> None:
        self.folder, self.levels, self.keep_all = folder, recipe.levels, recipe.keep_all
        self.nearest: dict[str, list[float]] = {}  # level -> [epoch, accuracy]
        self.every: list[int] = []  # with keep_all

    def state_dict(self) -> dict[str, Any]:
        """Return the epochs kept so far, for the checkpoint."""
        return {"nearest": {level: list(kept) for level, kept in self.nearest.items()}, "every": list(self.every)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the epochs that a checkpoint names."""
        self.nearest, self.every = state_dict["nearest"], state_dict["every"]

    def epochs(self) -> set[int]:
        """Return the epochs whose weights are kept."""
        return {int(epoch) for epoch, _ in self.nearest.values()} | set(self.every)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Keep the epoch's weights if it is the nearest to a level, or all are kept."""
        if trainer.is_global_zero:
            self.remove_superseded()
        epoch, accuracy = trainer.current_epoch, float(trainer.callback_metrics["val_acc"])
        for level in map(str, self.levels):
            kept = self.nearest.get(level)
            if kept is None or abs(accuracy - float(level)) < abs(kept[1] - float(level)):
                self.nearest[level] = [epoch, accuracy]
        if self.keep_all:
            self.every.append(epoch)
        if epoch in self.epochs():
            trainer.save_checkpoint(self.folder / KEPT.format(epoch), weights_only=True)

    def remove_superseded(self) -> None:
        """Remove the weights that the state names no more."""
        wanted = {KEPT.format(epoch) for epoch in self.epochs()}
        for path in self.folder.glob("epoch-*.ckpt"):
            if path.name not in wanted:
                path.unlink(missing_ok=True)


def kept_checkpoints(folder: Path) -> list[Path]:
    """List every file with weights in a training's checkpoint folder: the levels' epochs, the best and the last."""
    last = sorted(folder.glob("last-*.ckpt"))[-1:]
    return [*sorted(folder.glob("epoch-*.ckpt")), *folder.glob("best.ckpt"), *last]
