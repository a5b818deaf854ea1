"""What happens around mmengine's iterations: repeatable randomness, the record, and checkpoints that survive a kill."""

import math
import sys
import time
from pathlib import Path
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from tqdm import tqdm

from segment.network.models import finds_instances
from segment.network.spec import SegmentSpec
from segment.network.weights import load_pretrained, read, state_of
from segment.training.data import number_seed
from xdomain.core.errors import Interrupted, UserError
from xdomain.core.files import atomic_file, write_csv
from xdomain.core.interruption import asked_by, note_epoch

BEST, LAST = "best.pth", "last.pth"
RARE = 0.03  # of a frame's pixels are divers', about
COLUMNS = (
    *("iteration", "train_loss", "box_iou", "confidence", "reference_box_iou", "miou", "pixel_accuracy"),
    "seconds",
)


class Repeatable(Hook):
    """Dropout in an iteration depends on the seed and its number only, so that a resumed run drops the same units."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def before_train(self, runner: Runner) -> None:
        """Lay out the weights so that a CPU is faster."""
        runner.model.to(memory_format=torch.channels_last)  # a quarter less time on a CPU

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Seed the iteration by its number."""
        torch.manual_seed(number_seed(self.seed, -1 - runner.iter))


class Begin(Hook):
    """What mmengine's initialisation leaves to do before the first iteration.

    The last layer expects divers to be rare from the beginning (arXiv:1708.02002, section 3.3); else AdamW's first
    hundred steps do nothing but find that out. Weights of `pretrained`, if given, replace all others.
    """

    def __init__(self, model: str, pretrained: Path | None) -> None:
        self.model, self.pretrained = model, pretrained

    def before_train(self, runner: Runner) -> None:
        """Set the first bias, and load `pretrained` if given."""
        if runner.iter > 0:
            return
        if not finds_instances(self.model):
            with torch.no_grad():
                rare = torch.tensor([-0.5, 0.5]) * math.log(RARE / (1 - RARE))
                runner.model.decode_head.conv_seg.bias.copy_(rare)
        if self.pretrained:
            state = state_of(read(self.pretrained), self.pretrained)
            taken = load_pretrained(runner.model, self.model, state, self.pretrained)
            print(f"Beginning with {taken} tensors of {self.pretrained}.", flush=True)


class Record(Hook):
    """A row of metrics, the best weights and a checkpoint to resume from after every validation.

    The best checkpoint is written before the one to resume from, which holds the rows: whenever a kill comes, the
    resumed run finds the rows of what it does again, does it again, and arrives at the same best.
    """

    def __init__(self, spec: SegmentSpec, folder: Path, metrics_file: Path, pretrained_sha256: str | None) -> None:
        self.spec, self.folder, self.metrics_file = spec, folder, metrics_file
        self.pretrained_sha256 = pretrained_sha256
        self.rows: list[dict[str, float]] = []
        self.losses: list[torch.Tensor] = []
        self.clock = 0.0

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Add what the file needs to be resumed from, and keep out what is no plain weight."""
        checkpoint["rows"] = self.rows
        checkpoint["pretrained_sha256"] = self.pretrained_sha256
        # mmengine's own log says nothing more, and pickles functions, where torch loads only plain weights
        checkpoint["message_hub"] = {"log_scalars": {}, "runtime_info": {}, "resumed_keys": {}}

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Take back the rows of the checkpoint that is resumed from."""
        self.rows = checkpoint["rows"]

    def before_train(self, runner: Runner) -> None:
        """Start the clock and the progress bar."""
        self.clock = time.perf_counter()
        self.bar: tqdm[Any] = tqdm(
            total=self.spec.iterations, initial=runner.iter, desc="training", unit="it", disable=None
        )

    def after_train(self, runner: Runner) -> None:
        """Close the progress bar."""
        self.bar.close()

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None) -> None:
        """Note the loss."""
        self.losses.append(outputs["loss"].detach())
        self.bar.update()

    def after_val_epoch(self, runner: Runner, metrics: Any = None) -> None:
        """Add a row, and write the best weights and the checkpoint to resume from."""
        now = time.perf_counter()
        loss = float(torch.stack(self.losses).double().mean())
        if not math.isfinite(loss):
            raise UserError(
                f"The loss became {loss} by iteration {runner.iter}: give a smaller --lr and another --tag."
            )
        row = {
            "iteration": runner.iter,
            "train_loss": loss,
            "box_iou": float(metrics["box_iou"]),
            "confidence": float(metrics["confidence"]),
            "reference_box_iou": float(metrics["reference_box_iou"]),
            "miou": float(metrics["mIoU"]) / 100,
            "pixel_accuracy": float(metrics["aAcc"]) / 100,
            "seconds": round(now - self.clock, 3),
        }
        self.losses.clear()
        note_epoch(now - self.clock)
        self.clock = now
        best_before = max((earlier["box_iou"] for earlier in self.rows), default=-1.0)
        self.rows.append(row)
        if row["box_iou"] > best_before:  # the earliest of equals
            self._write_best(runner, row)
        self._write_last(runner)
        self._tell(row)
        if asked_by() and runner.iter < self.spec.iterations:
            raise Interrupted(f"{asked_by()} after iteration {runner.iter}")

    def _write_best(self, runner: Runner, row: dict[str, float]) -> None:
        state = {name: value.cpu() for name, value in runner.model.state_dict().items()}
        with atomic_file(self.folder / BEST) as file:
            torch.save({"spec": self.spec.to_dict(), "validation": row, "state_dict": state}, file)

    def _write_last(self, runner: Runner) -> None:
        part = f".{LAST}.part"
        runner.save_checkpoint(str(self.folder), part, meta={"epoch": 0, "iter": runner.iter}, by_epoch=False)
        with (self.folder / part).open("rb+") as file, atomic_file(self.folder / LAST) as copy:
            copy.write(file.read())
        (self.folder / part).unlink()
        write_csv(self.metrics_file, COLUMNS, self.rows)

    def _tell(self, row: dict[str, float]) -> None:
        line = (
            f"iteration {row['iteration']}/{self.spec.iterations}  loss {row['train_loss']:.4f}"
            f"  validation box IoU {row['box_iou']:.1%} at confidence {row['confidence']:.2f}"
            f"  mIoU {row['miou']:.1%}  {row['seconds']:.1f} s"
        )
        tqdm.write(line, file=sys.stdout)
        sys.stdout.flush()
