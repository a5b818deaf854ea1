"""Temporal Shape's sets as data, and a run on them."""

import dataclasses
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xdomain.core.errors import UserError
from xdomain.domains.registry import DRAWN
from xdomain.specs.spec import RunData, RunSpec, TrainSpec

NAMED = ("mnist", "uci")  # digits with a name; others are a path
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
        if self.digits in NAMED:
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
class DataSpec(RunData):
    """Which clips a Temporal Shape run learns from and is evaluated on (paper section 3.2)."""

    train_clips: int = 4000  # of the source set
    val_clips: int = 1000  # the rest of the source set
    eval_clips: int = 500  # per domain, the source's own held-out set included
    set_seed: int = 1  # of the generator
    split_seed: int = 42  # of the random train/validation split; the same for every run
    digits: str = "mnist"  # mnist, uci or a path to IDX files
    source_intensity: float = 0.5  # of the noise where mnist-bg is trained on, its held-out set included
    target_intensity: float = 1.0  # of the noise where mnist-bg is the target of another source
    rendering: str = RELEASED  # of every set; clean: without JPEG, dots cut at the border; earlier: is only read

    def source_set(self, domain: str) -> ClipSetSpec:
        """Describe the set that is split into training and validation clips."""
        clips = self.train_clips + self.val_clips
        return self._set(domain, clips, self.set_seed, "train", self.source_intensity)

    def eval_set(self, domain: str, source: str) -> ClipSetSpec:
        """Describe the set of `domain` for evaluating models of `source`: its seed and digits are not training's.

        A domain that is a function of clips, such as `reversed`, is made of the source's held-out set.
        """
        domain = domain if domain in DRAWN else source
        intensity = self.source_intensity if domain == source else self.target_intensity
        return self._set(domain, self.eval_clips, self.set_seed + 1000, "test", intensity)

    def _set(self, domain: str, clips: int, seed: int, split: str, intensity: float) -> ClipSetSpec:
        spec = ClipSetSpec(domain, clips, seed, self.digits, split, rendering=self.rendering)
        # Without noise there is no intensity, so that both directions share one set.
        return dataclasses.replace(spec, intensity=intensity) if spec.has_noise else spec

    def check(self, train: TrainSpec) -> None:
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
class ShapeRun(RunSpec):
    """A training on one domain, and the evaluation of its best epoch on every domain."""

    data: DataSpec = DataSpec()  # which clips it learns from and is evaluated on

    @property
    def inputs(self) -> tuple[ClipSetSpec, ...]:
        """The sets that the run reads: what it trains on, then one for each of `targets`."""
        data, source = self.data, self.source
        return (data.source_set(source), *(data.eval_set(domain, source) for domain in self.targets))

    @classmethod
    def complete(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Add what files of earlier versions do not say: that their sets were drawn in another way."""
        return super().complete(values) | {"data": {"rendering": EARLIER} | values.get("data", {})}


def kind_of(values: dict[str, Any]) -> type[ShapeRun]:
    """Choose the only kind of run that there is on these sets."""
    del values
    return ShapeRun
