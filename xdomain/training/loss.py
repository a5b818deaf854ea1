"""The mean loss of an epoch, summed on the device."""

import torch
from torch import Tensor
from torchmetrics import Metric


class MeanLoss(Metric):
    """A mean over batches that leaves out losses that are no number, as torchmetrics' does, with the same sums.

    That one asks after each batch whether there was one, for which a CPU has to wait until its GPU has caught up.
    """

    total: Tensor
    weight: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("total", torch.tensor(0.0), dist_reduce_fx="sum")
        self.add_state("weight", torch.tensor(0.0), dist_reduce_fx="sum")

    def update(self, loss: Tensor, weight: int = 1) -> None:
        """Add the mean loss of a batch, with the number of its clips for a weight where batches differ in size."""
        is_number = ~loss.isnan()
        self.total += torch.where(is_number, loss.float() * weight, 0.0)
        self.weight += is_number * float(weight)

    def compute(self) -> Tensor:
        """Return the mean so far; NaN where there was no number."""
        return self.total / self.weight
