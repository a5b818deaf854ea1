"""Clips of an archive in Diving48's layout as data, and the two kinds of run on them: a training, an evaluation."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from xdomain.core.errors import UserError
from xdomain.core.names import PLAIN, is_plain, one_line
from xdomain.domains.registry import is_of_frames
from xdomain.specs.spec import RunData, RunSpec, TrainSpec

LISTINGS = ("train", "test")


@dataclass(frozen=True)
class ClipCacheSpec:
    """Decoded clips of an archive in a few files: `<data root>/<dataset>/<name>/`."""

    dataset: str
    part: str  # train, test, or a domain of the test clips such as S1
    frames: int = 32
    side: int = 224
    masks: str = ""  # the mask set that a domain was made with; empty for train, test and functions of frames

    @property
    def name(self) -> str:
        """The folder below the data root: `diving48/cache/train-32x224`, `diving48/domains/predicted/S1-32x224`."""
        group = "cache" if self.part in LISTINGS else "/".join(filter(None, ("domains", self.masks)))
        return f"{self.dataset}/{group}/{self.part}-{self.frames}x{self.side}"

    def folder(self, root: Path) -> Path:
        """Tell where the cache is below the data root."""
        return root / self.name

    @property
    def can_stream(self) -> bool:
        """Whether its clips may be made while they are used: the archive's own can, and functions of their frames."""
        return not self.masks

    @property
    def listing(self) -> str:
        """The listing that its clips are of: domains are made of the test clips."""
        return self.part if self.part in LISTINGS else "test"

    @property
    def is_of_frames(self) -> bool:
        """Whether it is a domain that a function makes of the test clips' frames alone."""
        return self.part not in LISTINGS and not self.masks

    def marker(self, root: Path) -> Path:
        """Name the file that is written last: without it there is no cache."""
        return self.folder(root) / "index.json"


@dataclass(frozen=True)
class VideoDataSpec(RunData):
    """Which clips of an archive in Diving48's layout a run learns from (paper section 3.3)."""

    dataset: str = "diving48"  # a folder below the data root
    frames: int = 32  # sampled evenly from a clip
    side: int = 224  # pixels
    val_clips: int = 1502  # of the training listing, held out
    split_seed: int = 42  # of the split into training and validation clips
    masks: str = "predicted"  # the mask set that its domains were made with; of a function of frames, none

    def cache(self, part: str) -> ClipCacheSpec:
        """Describe the clips of `part`: train, O (the unmodified test clips) or a domain made of them."""
        unmodified = {"train": "train", "O": "test"}
        masks = "" if part in unmodified else self.masks
        return ClipCacheSpec(self.dataset, unmodified.get(part, part), self.frames, self.side, masks)

    def check(self, train: TrainSpec) -> None:
        """Refuse values that cannot be run with `train`."""
        if train.ranks > self.val_clips:
            raise UserError(
                f"{train.ranks} ranks are more than the {self.val_clips} validation clips: raise val_clips."
            )
        for name in (self.dataset, *filter(None, (self.masks,))):
            if not is_plain(name):
                raise UserError(f"{one_line(name)!r} is no folder's name: use {PLAIN}.")


@dataclass(frozen=True)
class VideoRun(RunSpec):
    """A run on the clips of an archive, whose validation clips are chosen as `source` says."""

    data: VideoDataSpec = VideoDataSpec()  # which clips

    @property
    def split(self) -> str:
        """How the validation clips are chosen, by the name that this version has for it."""
        return self._named_now(self.source)

    @property
    def clip_cache(self) -> ClipCacheSpec:
        """The clips that the run reads."""
        return self.data.cache("train")

    @property
    def inputs(self) -> tuple[ClipCacheSpec, ...]:
        """The clips that have to be there before the run can start."""
        return (self.clip_cache,)

    @property
    def training(self) -> "VideoTraining":
        """The training that an evaluation needs; of a training, itself."""
        return VideoTraining(**_shared(self))


@dataclass(frozen=True)
class VideoTraining(VideoRun):
    """A training on the unmodified training clips; what is made of its checkpoints are runs of their own."""

    def check(self) -> None:
        """Refuse values that cannot be run together."""
        super().check()
        if not self.data.masks:
            raise UserError(f"'' is no folder's name: use {PLAIN}.")

    def evaluation(self, domain: str, masks: str = "") -> "VideoEvaluation":
        """Specify the evaluation of this training on a domain, made with `masks` where they are not its data's.

        Raises:
            UserError: `domain` is registered as a function, and cannot be had of its package.
        """
        return self.evaluation_with(domain, "" if is_of_frames(domain) else masks or self.data.masks)

    def evaluation_with(self, domain: str, masks: str) -> "VideoEvaluation":
        """Specify the evaluation on a domain made with exactly `masks`, or with none where that is empty."""
        data = dataclasses.replace(self.data, masks=masks)
        return VideoEvaluation(**_shared(self) | {"data": data}, evaluates=domain)

    def on_gpus(self, gpus: int) -> Self:
        """Put the training on that many GPUs, with as many clips to a step as before.

        Raises:
            UserError: the clips of a step cannot be divided among the GPUs.
        """
        batches = self.train.ranks * self.train.accumulate
        ranks = min(gpus, batches)
        if batches % ranks:
            raise UserError(
                f"The {batches} batches of a step cannot be divided among {ranks} GPUs: give --gpus 1, 2, 4 or 8."
            )
        return self.with_train(ranks=ranks, accumulate=batches // ranks)

    def decisive(self) -> Self:
        """Leave out on how many GPUs a step is taken and which epochs are kept."""
        train = self.train
        step = train.batch_size * train.ranks * train.accumulate
        return self.with_train(batch_size=step, ranks=1, accumulate=1, keep_all=False)


@dataclass(frozen=True, kw_only=True)
class VideoEvaluation(VideoRun):
    """The evaluation of a finished training's checkpoints on one domain of the test clips."""

    is_evaluation: ClassVar[bool] = True

    evaluates: str  # the domain on which a finished training's checkpoints are evaluated; empty for a training

    @property
    def place(self) -> str:
        """The training's source with the domain and the masks that made it: `random@S1-predicted`."""
        masks = self.clip_cache.masks
        return f"{self.source}@{self.evaluates}" + (f"-{masks}" if masks else "")

    @property
    def names(self) -> tuple[str, ...]:
        """What becomes a part of the folder's name."""
        return (*super().names, self.evaluates)

    @property
    def clip_cache(self) -> ClipCacheSpec:
        """The domain's clips."""
        return self.data.cache(self.evaluates)

    def follow(self, training: RunSpec) -> "VideoEvaluation":
        """Specify this evaluation of `training` as that was begun."""
        assert isinstance(training, VideoTraining), training.id
        return training.evaluation_with(self.evaluates, self.data.masks)

    def on_gpus(self, gpus: int) -> Self:
        """Divide the clips among that many GPUs."""
        return self.with_train(ranks=gpus, accumulate=1)

    def decisive(self) -> Self:
        """Leave out the optimisation, which was the training's."""
        return dataclasses.replace(self, train=TrainSpec())


def kind_of(values: dict[str, Any]) -> type[VideoRun]:
    """Choose between a training and an evaluation by the values of spec.json."""
    return VideoEvaluation if values.get("evaluates") else VideoTraining


def _shared(run: VideoRun) -> dict[str, Any]:
    """Return what a training and its evaluations have in common."""
    return {field.name: getattr(run, field.name) for field in dataclasses.fields(VideoRun)}
