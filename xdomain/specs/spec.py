"""A run is data: a `RunSpec` decides everything that a run computes. Plain dataclasses, no heavy imports."""

import dataclasses
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xdomain.core.errors import UserError
from xdomain.core.names import LONGEST, PLAIN, is_plain, one_line

REVISION = 2  # of what names in a spec stand for
RENAMED = {  # names in specs of revision 1 -> what this version calls the same thing
    "random": "random-sha",  # the split; it is the published one since
    "3dcnn-11layers": "3dcnn-11layers-unpadded",  # it pads its pooling since, as the published models do
}
RELEASED, CLEAN = RENDERINGS = ("released", "clean")
EARLIER = "earlier"  # the rendering of sets and runs from before renderings had names: read, but no longer drawn


def require_rendering(name: str) -> None:
    """Refuse a rendering that this version cannot draw.

    Raises:
        UserError: says which it can, or that the data is from an earlier version.
    """
    if name == EARLIER:
        raise UserError(
            "This data is of an earlier version of xdomain, whose rectangles, noise and split were not the published "
            "ones. Launch the runs anew under another --tag, or use the version that they began with."
        )
    if name not in RENDERINGS:
        raise UserError(f"There is no rendering {name!r}: choose {' or '.join(RENDERINGS)}.")


@dataclass(frozen=True)
class ClipSetSpec:
    """One Temporal Shape set, generated entirely from these values (same spec, same bytes)."""

    domain: str  # 2dot, 5dot, mnist or mnist-bg
    clips: int
    seed: int
    digits: str = "mnist"  # mnist, uci or a path to IDX files; the dot domains have none
    digit_split: str = "train"  # for training (train) or evaluation (test): other digits and other trajectories
    intensity: float = 0.5  # of mnist-bg's noise; the other domains have none
    rendering: str = RELEASED  # as published, through JPEG and without dots that begin outside the frame, or CLEAN

    @property
    def name(self) -> str:
        """The file's stem under `data/ts/`; says every parameter that its bytes depend on."""
        stem = f"{self.domain}-n{self.clips}-seed{self.seed}"
        if self.rendering == EARLIER:
            return f"{stem}-{self.digits_name}-{self.digit_split}" if self.has_digits else stem
        digits = [self.digits_name] if self.has_digits else []
        noise = [f"noise{float(self.intensity)}"] if self.has_noise else []
        return "-".join([stem, *digits, self.digit_split, *noise, self.rendering])

    @property
    def digits_name(self) -> str:
        """What the set's name calls its digits: mnist, uci, or a hash of their path."""
        if self.digits in ("mnist", "uci"):
            return self.digits
        return "idx" + hashlib.sha256(str(Path(self.digits).absolute()).encode()).hexdigest()[:8]

    @property
    def has_digits(self) -> bool:
        """Whether digits move, not dots."""
        return not self.domain.endswith("dot")

    @property
    def has_noise(self) -> bool:
        """Whether the background is noise, not black."""
        return self.domain == "mnist-bg"

    can_stream = False  # generating a set takes seconds, and every run reads the same bytes

    def marker(self, root: Path) -> Path:
        """Name the file that is written last: without it there is no set."""
        return root / "ts" / f"{self.name}.json"


@dataclass(frozen=True)
class DataSpec:
    """Which clips a Temporal Shape run learns from and is evaluated on (SPEC: paper section 3.2)."""

    train_clips: int = 4000  # of the source set
    val_clips: int = 1000  # the rest of the source set
    eval_clips: int = 500  # per domain, the source's own held-out set included
    set_seed: int = 1  # of the generator
    split_seed: int = 42  # of the random train/validation split; the same for every run
    digits: str = "mnist"  # mnist, uci or a path to IDX files
    source_intensity: float = 0.5  # of the noise where mnist-bg is trained on, its held-out set included
    target_intensity: float = 1.0  # of the noise where mnist-bg is the target of another source
    rendering: str = RELEASED  # or CLEAN, of every set

    def source_set(self, domain: str) -> ClipSetSpec:
        """Describe the set that is split into training and validation clips."""
        clips = self.train_clips + self.val_clips
        return self._set(domain, clips, self.set_seed, "train", self.source_intensity)

    def eval_set(self, domain: str, source: str) -> ClipSetSpec:
        """Describe the set of `domain` for evaluating models of `source`: its seed and digits are not training's."""
        intensity = self.source_intensity if domain == source else self.target_intensity
        return self._set(domain, self.eval_clips, self.set_seed + 1000, "test", intensity)

    def _set(self, domain: str, clips: int, seed: int, split: str, intensity: float) -> ClipSetSpec:
        spec = ClipSetSpec(domain, clips, seed, self.digits, split, rendering=self.rendering)
        # Without noise there is no intensity, so that both directions share one set.
        return dataclasses.replace(spec, intensity=intensity) if spec.has_noise else spec

    def check(self, train: "TrainSpec") -> None:
        """Refuse values that cannot be run with `train`."""
        require_rendering(self.rendering)
        step = train.batch_size * train.ranks * train.accumulate
        if step > self.train_clips:
            raise UserError(
                f"A batch of {train.batch_size} clips on {train.ranks} rank{'s' * (train.ranks > 1)} is more than the "
                f"{self.train_clips} training clips: lower batch_size or raise train_clips."
            )
        if train.ranks > min(self.val_clips, self.eval_clips):
            raise UserError(f"{train.ranks} ranks are more than the clips to evaluate: raise val_clips and eval_clips.")


@dataclass(frozen=True)
class VideoDataSpec:
    """Which clips of an archive in Diving48's layout a run learns from (paper section 3.3)."""

    dataset: str = "diving48"  # a folder below the data root
    frames: int = 32  # sampled evenly from a clip
    side: int = 224  # pixels
    val_clips: int = 1502  # of the training listing, held out
    split_seed: int = 42  # of the split into training and validation clips
    masks: str = "predicted"  # the mask set that its domains were made with

    def cache(self, part: str) -> "ClipCacheSpec":
        """Describe the clips of `part`: train, O (the unmodified test clips) or a domain made of them."""
        unmodified = {"train": "train", "O": "test"}
        masks = "" if part in unmodified else self.masks
        return ClipCacheSpec(self.dataset, unmodified.get(part, part), self.frames, self.side, masks)

    def check(self, train: "TrainSpec") -> None:
        """Refuse values that cannot be run with `train`."""
        if train.ranks > self.val_clips:
            raise UserError(
                f"{train.ranks} ranks are more than the {self.val_clips} validation clips: raise val_clips."
            )
        for name in (self.dataset, self.masks):
            if not is_plain(name):
                raise UserError(f"{one_line(name)!r} is no folder's name: use {PLAIN}.")


@dataclass(frozen=True)
class ClipCacheSpec:
    """Decoded clips of an archive in a few files: `<data root>/<dataset>/<name>/`."""

    dataset: str
    part: str  # train, test, or a domain of the test clips such as S1
    frames: int = 32
    side: int = 224
    masks: str = ""  # the mask set that a domain was made with; empty for train and test

    @property
    def name(self) -> str:
        """The folder below the data root: `diving48/cache/train-32x224`, `diving48/domains/predicted/S1-32x224`."""
        group = f"domains/{self.masks}" if self.masks else "cache"
        return f"{self.dataset}/{group}/{self.part}-{self.frames}x{self.side}"

    def folder(self, root: Path) -> Path:
        """Tell where the cache is below the data root."""
        return root / self.name

    @property
    def can_stream(self) -> bool:
        """Whether its clips may be decoded while they are used: the archive's own can."""
        return not self.masks

    def marker(self, root: Path) -> Path:
        """Name the file that is written last: without it there is no cache."""
        return self.folder(root) / "index.json"


@dataclass(frozen=True)
class ModelSpec:
    """A registered model and its size."""

    name: str  # as registered (xdomain/models)
    hidden: int  # units per block, h


@dataclass(frozen=True)
class TrainSpec:
    """The optimisation (paper section 3.2; the defaults are its Temporal Shape recipe)."""

    optimizer: str = "sgd"  # or adam
    lr: float = 0.001  # learning rate
    momentum: float = 0.9  # of SGD
    weight_decay: float = 1e-5  # of the optimizer
    batch_size: int = 64  # per rank
    ranks: int = 1  # processes that train together (DDP), one GPU each
    accumulate: int = 1  # batches per step: fewer GPUs at the same number of clips per step
    max_epochs: int = 100  # at most so many
    patience: int = 10  # epochs without a better validation accuracy
    precision: str = "16-mixed"  # on GPU; a CPU always computes in 32-bit
    cpu_threads: int = 1  # fixed, because the number of threads changes the last bits of a sum
    levels: tuple[float, ...] = ()  # of validation accuracy; the weights of the epoch nearest to each are kept
    keep_all: bool = False  # the weights of every epoch are kept


@dataclass(frozen=True)
class RunSpec:
    """One training and its evaluations, or one evaluation of a training. `id` is its folder below the runs root."""

    study: str  # ts or diving48
    source: str  # the domain trained on; of Diving48 the way its training clips were split
    targets: tuple[str, ...]  # every domain evaluated on, the source first; Diving48's have runs of their own
    model: ModelSpec  # what is trained
    seed: int  # of initial weights, order of the clips and augmentation
    data: DataSpec | VideoDataSpec = DataSpec()  # Temporal Shape's or videos
    train: TrainSpec = TrainSpec()  # the optimisation
    variant: str = ""  # empty for the paper's own recipe
    evaluates: str = ""  # the domain on which a finished training's checkpoints are evaluated; empty for a training
    revision: int = REVISION  # of `source` and `model`: see RENAMED

    def check(self) -> None:
        """Refuse values that cannot be run together.

        Raises:
            UserError: says which, and what to change.
        """
        self.data.check(self.train)
        self.check_names()
        if not 0 <= self.seed < 2**32:
            raise UserError(f"--seed {self.seed}: takes a whole number from 0 to {2**32 - 1}.")

    def check_names(self) -> None:
        """Refuse names that cannot be parts of the run's folder.

        Raises:
            UserError: says which.
        """
        names = (self.study, self.source, self.model.name, self.variant, self.evaluates, *self.targets)
        for name in filter(None, names):
            if not is_plain(name):
                raise UserError(f"{one_line(name)!r} cannot be part of a folder's name: use {PLAIN}.")
        if long := [part for part in self.id.split("/") if len(part.encode()) > LONGEST]:
            raise UserError(
                f"The name {long[0][:20]}… has {len(long[0])} characters, more than a folder's name can have: "
                "give --tag."
            )

    @property
    def study_key(self) -> str:
        """The study with its variant, such as `ts` or `ts-demo`: what tables are made of, never a mixture."""
        return f"{self.study}-{self.variant}" if self.variant else self.study

    @property
    def id(self) -> str:
        """Readable and stable, such as `ts/2dot/convlstm/h16/seed42`."""
        return f"{self.study_key}/{self.place}/{self.model.name}/h{self.model.hidden}/seed{self.seed}"

    @property
    def place(self) -> str:
        """The source, for an evaluation with its domain and the masks that made it: `random@S1-predicted`."""
        if not self.evaluates:
            return self.source
        made_with = self.video_data.cache(self.evaluates).masks
        return f"{self.source}@{self.evaluates}" + (f"-{made_with}" if made_with else "")

    @property
    def split(self) -> str:
        """How Diving48's validation clips are chosen, by the name that this version has for it."""
        return self._named_now(self.source)

    @property
    def network(self) -> str:
        """The registered model that is built, by the name that this version has for it."""
        return self._named_now(self.model.name)

    def _named_now(self, name: str) -> str:
        return RENAMED.get(name, name) if self.revision < REVISION else name

    @property
    def training(self) -> "RunSpec":
        """The training that an evaluation evaluates."""
        return dataclasses.replace(self, evaluates="")

    @property
    def video_data(self) -> VideoDataSpec:
        """`data`, of a run on videos.

        Raises:
            TypeError: it is of another study.
        """
        if not isinstance(self.data, VideoDataSpec):
            raise TypeError(f"a run of {self.study} is on no videos")
        return self.data

    @property
    def set_data(self) -> DataSpec:
        """`data`, of a run on Temporal Shape sets.

        Raises:
            TypeError: it is of another study.
        """
        if not isinstance(self.data, DataSpec):
            raise TypeError(f"a run of {self.study} is on no Temporal Shape sets")
        return self.data

    @property
    def clip_cache(self) -> ClipCacheSpec:
        """The clips that a run on videos reads."""
        return self.video_data.cache(self.evaluates or "train")

    @property
    def clip_sets(self) -> tuple[ClipSetSpec, ...]:
        """The sets that a Temporal Shape run reads: what it trains on, then one for each of `targets`."""
        data, source = self.set_data, self.source
        return (data.source_set(source), *(data.eval_set(domain, source) for domain in self.targets))

    @property
    def inputs(self) -> tuple[ClipSetSpec | ClipCacheSpec, ...]:
        """The data that has to be there before the run can start, what it trains on first."""
        return (self.clip_cache,) if isinstance(self.data, VideoDataSpec) else self.clip_sets

    def to_dict(self) -> dict[str, Any]:
        """Convert to plain JSON values; `from_dict` is the inverse."""
        return {"id": self.id} | dataclasses.asdict(self) | {"targets": list(self.targets)}

    @classmethod
    def from_dict(cls, values: Any, path: Path | None = None) -> "RunSpec":
        """Rebuild a spec from `to_dict`'s JSON, whoever wrote it; `path` is the file, for the message.

        Raises:
            UserError: a key is unknown or missing (another version's file), a name is no plain component of a path, or
                a number is out of range.
        """
        from xdomain.specs.schema import check_spec  # pydantic, which a launch of nothing but new runs does without

        stated_id = values.get("id") if isinstance(values, dict) else None
        own = {name: value for name, value in values.items() if name != "id"} if isinstance(values, dict) else values
        check_spec(own, f"The spec of run {stated_id}" + (f" in {path}" if path else ""))
        train, data = own.get("train", {}), own.get("data", {})
        # What specs of earlier versions do not say meant something else then.
        revision = 1 if RENAMED.keys() & {own["source"], own["model"]["name"]} else REVISION
        spec = cls(
            **{"revision": revision}
            | own
            | {
                "targets": tuple(own["targets"]),
                "model": ModelSpec(**own["model"]),
                "data": VideoDataSpec(**data) if "dataset" in data else DataSpec(**{"rendering": EARLIER} | data),
                "train": TrainSpec(**train | {"levels": tuple(train.get("levels", ()))}),
            }
        )
        spec.check_names()
        if stated_id not in (None, spec.id):
            raise UserError(
                f"The spec{f' in {path}' if path else ''} says it is {one_line(stated_id)} but its values make "
                f"{spec.id}: it was edited by hand."
            )
        return spec
