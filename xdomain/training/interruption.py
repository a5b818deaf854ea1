"""Lightning's side of being asked to stop."""

import time

from pytorch_lightning import Callback, LightningModule, Trainer

from xdomain.core.interruption import asked_by, note_epoch


class StopWhenAsked(Callback):
    """Ends the fit after the epoch in which the signal came; that epoch's checkpoint is still written."""

    stopped = False

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the epoch's clock."""
        self.started = time.monotonic()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Stop the training where any rank was asked to."""
        note_epoch(time.monotonic() - self.started)
        # The signal reaches ranks at different moments; all of them stop after the same epoch.
        if trainer.strategy.reduce_boolean_decision(asked_by() is not None, all=False):
            trainer.should_stop = True
            self.stopped = True
