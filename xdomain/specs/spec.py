"""A run is data: a `RunSpec` decides everything that a run computes. Plain dataclasses, no heavy imports.

Each kind of run is a class: Temporal Shape's is in `shapes.py`, those on videos are in `videos.py`, and a study of a
user's own may bring its own.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

from xdomain.core.errors import UserError
from xdomain.core.names import LONGEST, PLAIN, is_plain, one_line
from xdomain.specs.model import ModelSpec as ModelSpec

REVISION = 2  # of what names in a spec stand for
RENAMED = {  # names in specs of revision 1 -> what this version calls the same thing
    "random": "random-sha",  # the split; it is the published one since
    "3dcnn-11layers": "3dcnn-11layers-unpadded",  # it pads its pooling since, as the published models do
}


EAGER = "eager"
STEPS = (EAGER, "graph", "compile")  # how a training step is launched


class Input(Protocol):
    """Data that has to be there before a run can start; a value, equal where it stands for the same bytes."""

    @property
    def name(self) -> str:
        """What a result calls it."""

    @property
    def can_stream(self) -> bool:
        """Whether a run can make it for itself while it works."""

    def marker(self, root: Path) -> Path:
        """Name the file below the data root that is written last: without it the data is not there."""

    def __hash__(self) -> int: ...


@dataclass(frozen=True)
class RunData:
    """Which data a run works on. A kind of run says it in a class of its own; this one has no choice to make."""

    def check(self, train: "TrainSpec") -> None:
        """Refuse values that cannot be run with `train`.

        Raises:
            UserError: says which, and what to change.
        """


@dataclass(frozen=True)
class TrainSpec:
    """The optimisation (paper section 3.2; the defaults are its Temporal Shape recipe)."""

    optimizer: str = "sgd"  # what updates the weights
    lr: float = 0.001  # learning rate
    momentum: float = 0.9  # of SGD
    weight_decay: float = 1e-5  # of the optimizer
    batch_size: int = 64  # per rank
    ranks: int = 1  # processes that train together (DDP), one GPU each
    accumulate: int = 1  # batches per step: fewer GPUs at the same number of clips per step
    max_epochs: int = 100  # at most so many
    patience: int = 10  # epochs without a better validation accuracy, after which it stops
    precision: str = "16-mixed"  # on GPU; a CPU always computes in 32-bit
    step: str = EAGER  # graph: captured as CUDA graphs, less overhead; compile: compiled as well, rounds otherwise
    cpu_threads: int = 1  # fixed, because the number of threads changes the last bits of a sum
    levels: tuple[float, ...] = ()  # of validation accuracy; the weights of the epoch nearest to each are kept
    keep_all: bool = False  # the weights of every epoch are kept


@dataclass(frozen=True)
class RunSpec:
    """One run, whatever its kind. `id` is its folder below the runs root."""

    is_evaluation: ClassVar[bool] = False  # whether it evaluates a training that is a run of its own

    study: str  # ts, diving48 or a registered one
    source: str  # the domain trained on; of Diving48 the way its training clips were split
    targets: tuple[str, ...]  # every domain evaluated on, the source first; Diving48's have runs of their own
    model: ModelSpec  # what is trained
    seed: int  # of initial weights, order of the clips and augmentation
    data: RunData = RunData()  # as the kind of run has it: Temporal Shape's, or videos
    train: TrainSpec = TrainSpec()  # the optimisation
    variant: str = ""  # empty for the study's own recipe
    revision: int = REVISION  # of what the names in `source` and `model` mean: see RENAMED

    def check(self) -> None:
        """Refuse values that cannot be run together.

        Raises:
            UserError: says which, and what to change.
        """
        self.data.check(self.train)
        self.model.check()
        self.check_names()
        if self.train.step != EAGER and self.train.ranks > 1:
            raise UserError(
                f"step={self.train.step} is for trainings on one GPU, and this one has {self.train.ranks} ranks."
            )
        if not 0 <= self.seed < 2**32:
            raise UserError(f"--seed {self.seed}: takes a whole number from 0 to {2**32 - 1}.")

    def check_names(self) -> None:
        """Refuse names that cannot be parts of the run's folder.

        Raises:
            UserError: says which.
        """
        for name in filter(None, self.names):
            if not is_plain(name):
                raise UserError(f"{one_line(name)!r} cannot be part of a folder's name: use {PLAIN}.")
        if long := [part for part in self.id.split("/") if len(part.encode()) > LONGEST]:
            raise UserError(
                f"The name {long[0][:20]}… has {len(long[0])} characters, more than a folder's name can have: "
                "give --tag."
            )

    @property
    def names(self) -> tuple[str, ...]:
        """What becomes a part of the folder's name, or of a file's in it."""
        return (self.study, self.source, self.model.key, self.variant, *self.targets)

    @property
    def study_key(self) -> str:
        """The study with its variant, such as `ts` or `ts-demo`: what tables are made of, never a mixture."""
        return f"{self.study}-{self.variant}" if self.variant else self.study

    @property
    def id(self) -> str:
        """Readable and stable, such as `ts/2dot/convlstm/h16/seed42`."""
        return f"{self.study_key}/{self.place}/{self.model.key}/h{self.model.hidden}/seed{self.seed}"

    @property
    def place(self) -> str:
        """The id's second part: what it was trained on."""
        return self.source

    @property
    def network(self) -> str:
        """The registered model that is built, by the name that this version has for it."""
        return self._named_now(self.model.name)

    def _named_now(self, name: str) -> str:
        return RENAMED.get(name, name) if self.revision < REVISION else name

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The data that has to be there before the run can start, what it trains on first."""
        return ()

    @property
    def training(self) -> "RunSpec":
        """The training that an evaluation needs; of any other run, the run itself."""
        return self

    def follow(self, training: "RunSpec") -> "RunSpec":
        """Specify what an evaluation is, of its training as that was begun."""
        return self

    def on_gpus(self, gpus: int) -> Self:
        """Put the run on that many GPUs, if it can make use of them."""
        return self

    def decisive(self) -> Self:
        """Leave out what changes no number by intention, so that equal ones come to the same result."""
        return self

    def with_train(self, **values: Any) -> Self:
        """Replace values of the optimisation."""
        return dataclasses.replace(self, train=dataclasses.replace(self.train, **values))

    def to_dict(self) -> dict[str, Any]:
        """Convert to plain JSON values; `xdomain.specs.read.read_spec` is the inverse."""
        values = dataclasses.asdict(self) | {"targets": list(self.targets)}
        own = {"name", "hidden"}  # the rest is for models of libraries; other specs stay as they always were
        values["model"] = {name: value for name, value in values["model"].items() if value or name in own}
        if self.train.step == EAGER:
            del values["train"]["step"]
        shared = {field.name for field in dataclasses.fields(RunSpec)} - {"revision"} | {"evaluates"}
        last = {name: values.pop(name) for name in list(values) if name not in shared}
        return {"id": self.id, **values, "evaluates": values.get("evaluates", ""), **last}

    @classmethod
    def complete(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Add what files of earlier versions do not say, where it meant something else then."""
        revision = 1 if RENAMED.keys() & {values["source"], values["model"]["name"]} else REVISION
        return {"revision": revision} | values
