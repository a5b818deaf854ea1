"""The Diving48 study: six trainings serve the experiments a to h (paper section 3.3, Tables 16 and 17).

    python -m jobs.launch diving --exp all

One training takes a day or two on eight A100s. Every training keeps the epoch nearest to each level of validation
accuracy; an experiment compares models at one level. Chance is 2.1 %.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from xdomain.domains.registry import OF_MASKS
from xdomain.specs.spec import ModelSpec, TrainSpec
from xdomain.specs.videos import VideoDataSpec, VideoTraining

STUDY = "diving48"
CLASSES = 48
# How validation clips are chosen: as published, as whole source videos, or at random in another way.
SPLITS = ("random", "source-video", "random-sha")
DOMAINS = ("O", "I", "S1", "S2", "T")  # unmodified test clips; the same through the domains' resize and codec; domains
UNMODIFIED = "O"
MADE = OF_MASKS
ROLES = ("3D CNN", "ConvLSTM", "TimeSformer")
TAKING_PART = {  # the role in the paper's tables -> the registered model that plays it
    "abc": {"3D CNN": "3dcnn-4blocks", "ConvLSTM": "convlstm-4blocks", "TimeSformer": "timesformer-4layers"},
    "d": {"3D CNN": "3dcnn-11layers", "ConvLSTM": "convlstm-4blocks"},
    "ef": {"3D CNN": "3dcnn-6blocks", "ConvLSTM": "convlstm-4blocks", "TimeSformer": "timesformer-11layers"},
    "gh": {"3D CNN": "3dcnn-6blocks", "ConvLSTM": "convlstm-4blocks"},
}
WIDTHS = {  # units per block; of a TimeSformer the width of one of its eight heads
    "3dcnn-4blocks": 128,
    "3dcnn-6blocks": 128,
    "3dcnn-11layers": 128,
    "convlstm-4blocks": 128,
    "timesformer-4layers": 128,
    "timesformer-11layers": 32,
}
ALTERNATIVES = {"3dcnn-11layers-unpadded": "3dcnn-11layers"}  # another reading of a model -> the one that takes part
SEED = 42


@dataclass(frozen=True)
class Experiment:
    """Models compared at one validation accuracy."""

    letter: str
    level: float  # of validation accuracy, in [0, 1]
    models: dict[str, str]  # role -> registered model


_LEVELS = {"a": 0.30, "b": 0.35, "c": 0.383, "d": 0.5007, "e": 0.30, "f": 0.35, "g": 0.40, "h": 0.45}
EXPERIMENTS = {
    letter: Experiment(letter, level, next(models for letters, models in TAKING_PART.items() if letter in letters))
    for letter, level in _LEVELS.items()
}
LEVELS = tuple(sorted(set(_LEVELS.values())))


def recipe(model: str) -> TrainSpec:
    """Return the paper's recipe: batch 8 on each of eight GPUs; some TimeSformers wait 75 epochs (Table 17)."""
    return TrainSpec(
        batch_size=8,
        ranks=8,
        max_epochs=500,
        patience=75 if model == "timesformer-11layers" else 30,
        levels=LEVELS,
    )


def training(model: str, split: str = "random", seed: int = SEED, hidden: int | None = None) -> VideoTraining:
    """Specify the training of `model` on the unmodified clips; `hidden` where it is not the paper's width."""
    width = hidden or WIDTHS.get(model, 128)
    return VideoTraining(STUDY, split, (), ModelSpec(model, width), seed, VideoDataSpec(), recipe(model))


def models_of(letters: Iterable[str]) -> tuple[str, ...]:
    """List the models that the experiments `letters` compare, each once."""
    return tuple(dict.fromkeys(name for letter in letters for name in EXPERIMENTS[letter].models.values()))


def distinct_models() -> list[tuple[str, str, str]]:
    """List (letters of the experiments, role, registered model) of each distinct training, in Table 16's order."""
    letters_by_model: dict[tuple[str, str], str] = {}
    for letters, models in TAKING_PART.items():
        for role, name in models.items():
            letters_by_model[role, name] = letters_by_model.get((role, name), "") + letters
    return [(letters, role, name) for (role, name), letters in letters_by_model.items()]


@dataclass(frozen=True)
class Variant:
    """A row of Table 17: a TimeSformer of eight heads, trained in one of the ways that the authors tried."""

    row: int
    model: str
    head_width: int  # D_h; D is eight times that
    frames: int = 32
    batch_size: int = 8
    optimizer: str = "sgd"
    patience: int = 30


TABLE_17 = (
    Variant(1, "timesformer-12layers-linear", 64, frames=8),
    Variant(2, "timesformer-12layers", 64, frames=8),
    Variant(3, "timesformer-3layers", 64),
    Variant(4, "timesformer-4layers", 128),
    Variant(5, "timesformer-12layers-dropout", 64, frames=8),
    Variant(6, "timesformer-11layers", 32, frames=8),
    Variant(7, "timesformer-11layers", 32),
    Variant(8, "timesformer-11layers", 32, optimizer="adam"),
    Variant(9, "timesformer-11layers", 32, frames=8, batch_size=32, optimizer="adam"),
    Variant(10, "timesformer-11layers", 32, frames=8, batch_size=48),
    Variant(11, "timesformer-11layers", 32, patience=75),
)


def variant(entry: Variant, split: str = "random", seed: int = SEED) -> VideoTraining:
    """Specify the training of one row of Table 17, a study of its own such as `diving48-table17.3`."""
    spec = training(entry.model, split, seed, entry.head_width)
    train = replace(spec.train, batch_size=entry.batch_size, optimizer=entry.optimizer, patience=entry.patience)
    return replace(spec, data=VideoDataSpec(frames=entry.frames), train=train, variant=f"table17.{entry.row}")
