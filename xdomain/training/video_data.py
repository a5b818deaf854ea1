"""Clips of a video archive on their way to the device: read from a cache or decoded, flipped and normalised there."""

import os
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from xdomain.core.errors import UserError
from xdomain.core.roots import data_root
from xdomain.core.shared_memory import PREFETCH, STALL, workers_here
from xdomain.datasets.clip_cache.clips import Clips
from xdomain.datasets.diving48.split import left_out_of_split, read_split
from xdomain.models.zoo.network import IMAGENET
from xdomain.specs.videos import VideoTraining
from xdomain.training.data import Batch, Batches, ClipShape, RunClips, Share

MEAN, STD = IMAGENET  # as every one of the study's models sees it
MOST_WORKERS = 8  # a rank; more only queue for the same disk
VideoBatch = tuple[Tensor, Tensor, Tensor]


class FlippedBatches(Batches):
    """Batches of (B, 2): clip numbers, and whether each is flipped (p = ½ in training, never elsewhere)."""

    def order(self) -> Tensor:
        """Draw the epoch's (N, 2) clips and flips."""
        clips = super().order()
        flips = np.zeros(len(clips), np.int64)
        if self.shuffle_seed is not None:
            # Of another generator than the order: torch's on a CPU takes 32 bits of a seed, so that one that differs
            # above those draws the order's own numbers, and which clips are flipped would hang on their places.
            flips = np.random.default_rng([self.shuffle_seed, self.epoch]).integers(2, size=len(clips))
        return torch.stack([clips, torch.from_numpy(flips)], dim=1)


class VideoClips(Dataset[VideoBatch]):
    """Some clips of an archive, read a batch at a time."""

    def __init__(self, clips: Clips, chosen: np.ndarray) -> None:
        self.clips, self.chosen = clips, chosen  # (N,) places in `clips`
        self.labels = torch.from_numpy(np.asarray(clips.labels)[chosen].astype(np.int64))

    def __len__(self) -> int:
        return len(self.chosen)

    def batch_bytes(self, batch_size: int) -> int:
        """Count the bytes of the pixels of a batch."""
        return batch_size * self.clips[self.chosen[0]].nbytes

    def __getitem__(self, batch: Tensor) -> VideoBatch:
        """Read (B, 2) of clips and flips as (B, T, H, W, 3) uint8, (B,) labels, (B,) flips."""
        numbers = batch[:, 0]
        pixels = np.stack([self.clips[place] for place in self.chosen[numbers.numpy()]])
        return torch.from_numpy(pixels), self.labels[numbers], batch[:, 1].bool()


def prepare(batch: VideoBatch) -> Batch:
    """Flip and normalise on the device: (B, T, H, W, 3) uint8 -> (B, T, 3, H, W) floats of about unit variance."""
    pixels, labels, flips = batch
    clips = pixels.permute(0, 1, 4, 2, 3).float().div_(255)
    mean, std = (clips.new_tensor(values).view(3, 1, 1) for values in (MEAN, STD))
    clips = clips.sub_(mean).div_(std)
    # One flip for all of a clip: a dive that changes its direction half way is none.
    return torch.where(flips.view(-1, 1, 1, 1, 1), clips.flip(-1), clips), labels


class TimedLoader(DataLoader[VideoBatch]):
    """A loader that gives up where no batch comes, instead of holding a GPU for ever."""

    def __iter__(self) -> Iterator[VideoBatch]:  # type: ignore[override]  # torch names a class of its own
        """Yield the batches of an epoch.

        Raises:
            UserError: nothing came for `timeout` seconds.
        """
        try:
            yield from super().__iter__()
        except RuntimeError as error:
            if "timed out" not in str(error):
                raise
            raise UserError(
                f"The loading processes gave no batch for {self.timeout:,.0f} seconds. Is /dev/shm full, or does the "
                "file system with the clips hang? Fix that, then give the same command again."
            ) from error


def video_loader(
    dataset: VideoClips, batch_size: int, share: Share, shuffle_seed: int | None = None, accumulate: int = 1
) -> DataLoader[VideoBatch]:
    """Make a loader whose items are this rank's share of full batches, read ahead by processes of their own.

    Raises:
        UserError: there are fewer clips than ranks; one without any would keep the others waiting.
    """
    if share.ranks > len(dataset):
        raise UserError(f"{share.ranks} ranks are more than the {len(dataset)} clips to evaluate: give fewer --gpus.")
    batches = FlippedBatches(len(dataset), batch_size, torch.device("cpu"), share, shuffle_seed, accumulate)
    on_gpu = torch.cuda.is_available()
    # A model on the CPU needs the cores itself, unless clips have to be decoded.
    # Slurm says what a rank has; its CPUs may be bound to the rank, or not.
    cores = int(os.environ.get("SLURM_CPUS_PER_TASK") or len(os.sched_getaffinity(0)) // share.ranks) - 1
    workers = max(1, min(MOST_WORKERS, cores)) if on_gpu or dataset.clips.is_decoded_here else 0
    if workers:
        workers = workers_here(workers, dataset.batch_bytes(batch_size), share.ranks)
    return TimedLoader(
        dataset,
        sampler=batches,
        batch_size=None,
        num_workers=workers,
        pin_memory=on_gpu,
        persistent_workers=workers > 0,
        prefetch_factor=PREFETCH if workers else None,
        timeout=STALL if workers else 0,
    )


class VideoData(RunClips):
    """The training and validation clips of one split."""

    prepare = staticmethod(prepare)

    def __init__(self, clips: Clips, spec: VideoTraining) -> None:
        super().__init__()
        data, self.recipe, self.seed = spec.data, spec.train, spec.seed
        self.clips, self.shape = clips, ClipShape(data.frames, data.side, channels=3, classes=clips.classes)
        split = data_root() / data.dataset, spec.split, data.val_clips, data.split_seed
        names = read_split(*split)
        self.left_out = left_out_of_split(*split)
        place = {name: number for number, name in enumerate(clips.names)}
        if absent := [name for part in names for name in part if name not in place]:
            raise UserError(
                f"The split names {len(absent)} clips that the cache does not have, such as {absent[0]}. "
                "The listing or leave-out.txt changed since one of them was made: remove the older and make it again."
            )
        self.train_places, self.val_places = (np.array([place[name] for name in part]) for part in names)
        step = self.recipe.batch_size * self.recipe.ranks * self.recipe.accumulate
        if step > len(self.train_places):
            raise UserError(
                f"One step takes {step} clips and there are {len(self.train_places)} to train on: "
                "lower batch_size, ranks or accumulate."
            )

    def setup(self, stage: str) -> None:
        """Note which share of the clips is this rank's."""
        assert self.trainer is not None, "Lightning's trainer calls this"
        self.share = Share(self.trainer.global_rank, self.trainer.world_size)

    def train_dataloader(self) -> DataLoader[VideoBatch]:
        """Make the loader of the training clips, shuffled anew every epoch."""
        dataset, recipe = VideoClips(self.clips, self.train_places), self.recipe
        return video_loader(dataset, recipe.batch_size, self.share, self.seed, recipe.accumulate)

    def val_dataloader(self) -> DataLoader[VideoBatch]:
        """Make the loader of the validation clips, in their order."""
        return video_loader(VideoClips(self.clips, self.val_places), self.recipe.batch_size, self.share)
