"""The optimisation as a LightningModule: cross-entropy by SGD, accuracy by count (paper section 3.2)."""

from collections.abc import Callable
from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torchmetrics.classification import MulticlassAccuracy

from xdomain.core.errors import UserError
from xdomain.specs.spec import TrainSpec
from xdomain.training.capture import captured
from xdomain.training.data import Batch
from xdomain.training.loss import MeanLoss


class Diverged(Exception):
    """The training or validation loss of an epoch is not a number any more."""

    def __init__(self, epoch: int) -> None:
        super().__init__(f"The loss is not finite in epoch {epoch}.")
        self.epoch = epoch


class Classifier(LightningModule):
    """Any model from (B, T, C, H, W) to (B, classes) logits, with the study's optimisation."""

    def __init__(
        self, model: nn.Module, train: TrainSpec, classes: int, prepare: Callable[[Any], Batch] | None = None
    ) -> None:
        """`prepare` makes, on the device, clips and labels of what a loader yields, where it yields anything else."""
        super().__init__()
        self.prepare, self.classes = prepare, classes
        self.model, self.recipe = model, train
        self.captured = captured(model, train.step)
        self.train_loss, self.val_loss = MeanLoss(), MeanLoss()
        # Whether labels are classes was checked where the data was opened; to ask here is to wait for the GPU.
        accuracies = (MulticlassAccuracy(classes, average="micro", validate_args=False) for _ in range(2))
        self.train_acc, self.val_acc = accuracies

    def on_after_batch_transfer(self, batch: Any, _: int) -> Batch:
        """Prepare the batch on the device, where the data needs it."""
        return self.prepare(batch) if self.prepare else batch

    def on_validation_start(self) -> None:
        """Give all ranks the first rank's buffers."""
        # Batches are normalised rank by rank, over the same number of clips however many GPUs there are; the running
        # statistics that a checkpoint keeps are the first rank's, so all ranks evaluate with those.
        if self.trainer.world_size > 1:
            for buffer in self.model.buffers():
                torch.distributed.broadcast(buffer, src=0)

    def forward(self, clips: Tensor) -> Tensor:
        """Compute the logits (B, classes) of clips (B, T, C, H, W).

        Raises:
            UserError: the model returns anything else; says so before a step is taken.
        """
        logits = (self.captured if self.captured and self.training else self.model)(clips)
        expected = (len(clips), self.classes)
        if not isinstance(logits, Tensor) or logits.shape != expected:
            returned = list(logits.shape) if isinstance(logits, Tensor) else f"a {type(logits).__name__}"
            raise UserError(
                f"The model returns {returned} for {len(clips)} clips of {self.classes} classes, where logits are "
                f"{list(expected)}: see python -m xdomain check-model."
            )
        return logits

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Compute the loss of a batch."""
        clips, labels = batch
        logits = self(clips)
        loss = cross_entropy(logits, labels)
        self.train_loss.update(loss.detach())
        self.train_acc.update(logits.detach(), labels)
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        """Count the loss and accuracy of a batch."""
        clips, labels = batch
        logits = self(clips)
        self.val_loss.update(cross_entropy(logits, labels), weight=len(labels))
        self.val_acc.update(logits, labels)

    def predict_step(self, batch: Batch, _: int) -> Tensor:
        """Compute the scores (B, classes) of a batch, as float32."""
        return self(batch[0]).float()

    def on_validation_epoch_end(self) -> None:
        """Log the validation loss and accuracy."""
        self.log_dict({"val_loss": self.val_loss, "val_acc": self.val_acc})

    def on_train_epoch_end(self) -> None:
        """Log the training loss and accuracy.

        Raises:
            Diverged: a loss is not finite.
        """
        # Runs after validation and before any checkpoint is written, so that none holds NaN weights.
        # The validation loss too: the last step of the epoch may have ruined the weights.
        losses = torch.stack([self.train_loss.compute(), self.trainer.callback_metrics["val_loss"]])
        if not losses.isfinite().all():
            raise Diverged(self.current_epoch)
        self.log_dict({"train_loss": self.train_loss, "train_acc": self.train_acc})

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Make the recipe's optimizer."""
        recipe = self.recipe
        if recipe.optimizer == "adam":  # two of Table 17's variants
            return torch.optim.Adam(self.parameters(), lr=recipe.lr, weight_decay=recipe.weight_decay)
        return torch.optim.SGD(
            self.parameters(), lr=recipe.lr, momentum=recipe.momentum, weight_decay=recipe.weight_decay
        )
