"""Clips that stay on the device for the whole run: no loader workers, no copies per batch."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from pytorch_lightning import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from xdomain.datasets.temporal_shape.clipset import ClipSet, split
from xdomain.specs.shapes import ShapeRun

Batch = tuple[Tensor, Tensor]


class DeviceClips(Dataset[Batch]):
    """uint8 clips and labels on one device, read a batch at a time: 5,000 clips of 20×64×64 are 410 MB."""

    def __init__(self, clips: np.ndarray, labels: np.ndarray, device: torch.device) -> None:
        self.clips = torch.from_numpy(np.ascontiguousarray(clips)).to(device)  # (N, T, H, W)
        self.labels = torch.from_numpy(labels.astype(np.int64)).to(device)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, indices: Tensor) -> Batch:
        """Turn a batch of indices into (B, T, 1, H, W) floats in [0, 1] and (B,) labels."""
        clips = self.clips[indices].unsqueeze(2).float().div_(255)
        return clips, self.labels[indices]


@dataclass(frozen=True)
class Share:
    """Which part of every batch this process takes."""

    rank: int = 0
    ranks: int = 1


class Batches(Sampler[Tensor]):
    """Index batches. Shuffled ones depend on (seed, epoch) alone, so that a resumed run sees the same order.

    Ranks share each batch of `ranks · batch_size` clips, the same that one process with that batch size would see.
    No clip is repeated to fill a batch: every clip counts once. `accumulate` batches make a step of the optimiser.
    """

    def __init__(
        self,
        clips: int,
        batch_size: int,
        device: torch.device,
        share: Share,
        shuffle_seed: int | None = None,
        accumulate: int = 1,
    ) -> None:
        self.clips, self.device, self.share, self.shuffle_seed = clips, device, share, shuffle_seed
        self.batch, self.accumulate = batch_size * share.ranks, accumulate
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Note the epoch; Lightning calls this before every one."""
        self.epoch = epoch

    def __len__(self) -> int:
        full, rest = divmod(self.clips, self.batch)
        # Training drops the batches of an incomplete last step; otherwise a rank may find none of a batch left.
        if self.shuffle_seed is not None:
            return full // self.accumulate * self.accumulate
        return full + (rest > self.share.rank)

    def order(self) -> Tensor:
        """Order the epoch's (N,) clip numbers."""
        if self.shuffle_seed is None:
            return torch.arange(self.clips)
        generator = torch.Generator().manual_seed(self.shuffle_seed * 100_003 + self.epoch)
        return torch.randperm(self.clips, generator=generator)

    def __iter__(self) -> Iterator[Tensor]:
        order = self.order().to(self.device)
        for first in range(0, len(self) * self.batch, self.batch):
            yield order[first : first + self.batch][self.share.rank :: self.share.ranks]


def loader(
    dataset: DeviceClips, batch_size: int, share: Share, shuffle_seed: int | None = None, accumulate: int = 1
) -> DataLoader[Batch]:
    """Make a loader whose items are this rank's share of full batches, shuffled where a seed is given."""
    batches = Batches(len(dataset), batch_size, dataset.labels.device, share, shuffle_seed, accumulate)
    return DataLoader(dataset, sampler=batches, batch_size=None)


@dataclass(frozen=True)
class ClipShape:
    """The clips that a model takes and the classes that it tells apart."""

    frames: int
    side: int  # pixels
    channels: int
    classes: int


class RunClips(LightningDataModule):
    """The clips that a run trains on, whatever they are."""

    shape: ClipShape
    prepare: Callable[[Any], Batch] | None = None  # on the device, where a loader yields anything but clips and labels


class SourceData(RunClips):
    """The source domain's training and validation clips."""

    def __init__(self, clips: ClipSet, spec: ShapeRun) -> None:
        super().__init__()
        _, frames, side, _ = clips.clips.shape  # (N, T, H, W)
        self.shape = ClipShape(frames, side, channels=1, classes=len(clips.info["class_counts"]))
        self.source, self.recipe, self.seed = clips, spec.train, spec.seed
        self.train_indices, self.val_indices = split(len(clips.labels), spec.data.train_clips, spec.data.split_seed)

    def setup(self, stage: str) -> None:
        """Copy the clips to the trainer's device, once."""
        assert self.trainer is not None, "it calls this"
        device = self.trainer.strategy.root_device
        self.share = Share(self.trainer.global_rank, self.trainer.world_size)
        self.train = self._subset(self.train_indices, device)
        self.val = self._subset(self.val_indices, device)

    def _subset(self, indices: np.ndarray, device: torch.device) -> DeviceClips:
        return DeviceClips(self.source.clips[indices], self.source.labels[indices], device)

    def train_dataloader(self) -> DataLoader[Batch]:
        """Make the loader of the training clips, shuffled anew every epoch."""
        return loader(self.train, self.recipe.batch_size, self.share, self.seed, self.recipe.accumulate)

    def val_dataloader(self) -> DataLoader[Batch]:
        """Make the loader of the validation clips, in their order."""
        return loader(self.val, self.recipe.batch_size, self.share)
