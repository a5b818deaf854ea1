"""A run is data: a `RunSpec` decides everything that a run computes. Plain dataclasses, no heavy imports."""

import dataclasses
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xdomain.errors import UserError


@dataclass(frozen=True)
class ClipSetSpec:
    """One Temporal Shape set, generated whole from these values (same spec, same bytes)."""

    domain: str  # 2dot, 5dot, mnist or mnist-bg
    clips: int
    seed: int
    digits: str = "mnist"  # mnist, uci or a path to IDX files; the dot domains have none
    digit_split: str = "train"  # digits for training clips (train) or evaluation clips (test)

    @property
    def name(self) -> str:
        """The file's stem under `data/ts/`; says every parameter that its bytes depend on."""
        stem = f"{self.domain}-n{self.clips}-seed{self.seed}"
        if self.domain.endswith("dot"):
            return stem
        digits = self.digits
        if digits not in ("mnist", "uci"):
            digits = "idx" + hashlib.sha256(str(Path(digits).absolute()).encode()).hexdigest()[:8]
        return f"{stem}-{digits}-{self.digit_split}"


@dataclass(frozen=True)
class DataSpec:
    """Which clips a Temporal Shape run learns from and is judged on (SPEC: paper section 3.2)."""

    train_clips: int = 4000
    val_clips: int = 1000
    eval_clips: int = 500  # per domain, the source's own held-out set included
    set_seed: int = 1  # of the generator
    split_seed: int = 42  # of the random train/validation split; the same for every run
    digits: str = "mnist"

    def source_set(self, domain: str) -> ClipSetSpec:
        """The set that is split into training and validation clips."""
        return ClipSetSpec(domain, self.train_clips + self.val_clips, self.set_seed, self.digits, "train")

    def eval_set(self, domain: str) -> ClipSetSpec:
        """The set of `domain` kept for evaluation: another seed and other digits than the training set's."""
        return ClipSetSpec(domain, self.eval_clips, self.set_seed + 1000, self.digits, "test")


@dataclass(frozen=True)
class ModelSpec:
    """A registered model and its size."""

    name: str
    hidden: int  # units per block, h


@dataclass(frozen=True)
class TrainSpec:
    """The optimisation (paper section 3.2; the defaults are its Temporal Shape recipe)."""

    lr: float = 0.001
    momentum: float = 0.9
    weight_decay: float = 1e-5
    batch_size: int = 64  # per rank
    ranks: int = 1  # processes that train together (DDP), one GPU each
    max_epochs: int = 100
    patience: int = 10  # epochs without a better validation accuracy
    precision: str = "16-mixed"  # on GPU; a CPU always computes in 32-bit
    cpu_threads: int = 1  # fixed, because the number of threads changes the last bits of a sum


@dataclass(frozen=True)
class RunSpec:
    """One training and its evaluations. `id` is also the run's folder below the runs root."""

    study: str  # ts
    source: str  # the domain trained on
    targets: tuple[str, ...]  # every domain evaluated on, the source first
    model: ModelSpec
    seed: int
    data: DataSpec = DataSpec()
    train: TrainSpec = TrainSpec()
    variant: str = ""  # empty for the paper's own recipe

    def check(self) -> None:
        """Refuse values that cannot be run together.

        Raises:
            UserError: says which, and what to change.
        """
        data, train = self.data, self.train
        if train.batch_size * train.ranks > data.train_clips:
            raise UserError(
                f"A batch of {train.batch_size} clips on {train.ranks} rank{'s' * (train.ranks > 1)} is more than the "
                f"{data.train_clips} training clips: lower batch_size or raise train_clips."
            )
        if train.ranks > min(data.val_clips, data.eval_clips):
            raise UserError(f"{train.ranks} ranks are more than the clips to evaluate: raise val_clips and eval_clips.")
        if not 0 <= self.seed < 2**32:
            raise UserError(f"--seed {self.seed}: takes a whole number from 0 to {2**32 - 1}.")

    @property
    def study_key(self) -> str:
        """The study with its variant, such as `ts` or `ts-demo`: what tables are made of, never a mixture."""
        return f"{self.study}-{self.variant}" if self.variant else self.study

    @property
    def id(self) -> str:
        """Readable and stable, such as `ts/2dot/convlstm/h16/seed42`."""
        return f"{self.study_key}/{self.source}/{self.model.name}/h{self.model.hidden}/seed{self.seed}"

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` is the inverse."""
        return {"id": self.id} | dataclasses.asdict(self) | {"targets": list(self.targets)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "RunSpec":
        """Rebuild a spec from `to_dict`'s JSON.

        Raises:
            UserError: a key is unknown or missing (another version's file).
        """
        values = dict(values)
        stated_id = values.pop("id", None)
        try:
            values["targets"] = tuple(values["targets"])
            values["model"] = ModelSpec(**values["model"])
            values["data"] = DataSpec(**values["data"])
            values["train"] = TrainSpec(**values["train"])
            spec = cls(**values)
        except (KeyError, TypeError) as error:
            raise UserError(
                f"The spec of run {stated_id} does not fit this version of xdomain ({error}). "
                "Use the version that wrote it, or move the run folder away."
            ) from error
        if stated_id not in (None, spec.id):
            raise UserError(f"The spec says it is {stated_id} but its values make {spec.id}: it was edited by hand.")
        return spec


# --set NAME=VALUE reaches these fields, each owned by the dataclass that documents it.
OVERRIDABLE = {field.name: field for cls in (DataSpec, TrainSpec) for field in dataclasses.fields(cls)}


def parse_overrides(settings: tuple[str, ...]) -> dict[str, Any]:
    """Turn `("lr=0.01", "patience=5")` into typed values.

    Raises:
        UserError: not NAME=VALUE, an unknown name, or a value of the wrong type or range.
    """
    values: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or name not in OVERRIDABLE:
            raise UserError(f"--set {setting}: give NAME=VALUE with a NAME of: {', '.join(OVERRIDABLE)}.")
        kind = OVERRIDABLE[name].type
        try:
            values[name] = kind(text)
        except ValueError as error:
            raise UserError(f"--set {setting}: {name} takes a value of type {kind.__name__}.") from error
        if kind is not str and not 0 <= values[name] < float("inf"):
            raise UserError(f"--set {setting}: {name} takes a number of 0 or more.")
    for name in ("train_clips", "val_clips", "eval_clips", "batch_size", "ranks", "max_epochs", "cpu_threads"):
        if values.get(name) == 0:
            raise UserError(f"--set {name}=0: {name} takes a number of 1 or more.")
    if values.get("precision", "32-true") not in ("16-mixed", "bf16-mixed", "32-true"):
        raise UserError("--set precision: takes 16-mixed, bf16-mixed or 32-true.")
    return values


def apply_overrides(spec: RunSpec, overrides: dict[str, Any], tag: str = "") -> RunSpec:
    """The spec with some values replaced, under a variant of its own so that it never mixes with the paper's runs.

    Without a `tag` the variant is spelled from the values that differ, such as `lr0.01-patience5`.
    """
    if tag and not re.fullmatch(r"[A-Za-z0-9_.]+", tag):
        raise UserError(f"--tag {tag}: use letters, digits, '_' and '.' only, since it becomes part of a folder name.")

    def replaced(part: Any) -> Any:
        names = {field.name for field in dataclasses.fields(part)}
        return dataclasses.replace(part, **{k: v for k, v in overrides.items() if k in names})

    data, train = replaced(spec.data), replaced(spec.train)
    changed = [
        f"{name}{re.sub('[^A-Za-z0-9_.]+', '_', str(overrides[name]))}"
        for name in OVERRIDABLE
        if name in overrides and (data, train) != (spec.data, spec.train)
    ]
    return dataclasses.replace(spec, data=data, train=train, variant=tag or "-".join(changed))


def vary(grid: list[RunSpec], overrides: dict[str, Any], tag: str = "") -> list[RunSpec]:
    """`apply_overrides` to every spec of a grid, under one variant.

    An override may be the recipe of some of its models already; those belong to the variant all the same.

    Raises:
        UserError: the values cannot be run together.
    """
    varied = [apply_overrides(spec, overrides, tag) for spec in grid]
    for spec in varied:
        spec.check()
    variant = max(spec.variant for spec in varied)
    return [dataclasses.replace(spec, variant=variant) for spec in varied]
