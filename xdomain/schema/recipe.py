"""Describe a recipe: a variant of a study as a TOML file that a user writes, from its data to its tables.

A recipe says what is computed, never where: that is a profile's. Unlike in records, a key that is not known is refused.
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from xdomain.core.record import Fraction, Name, NameOrNone, Record, Size, Text

Seed = Annotated[int, Field(ge=0, lt=2**32)]
Setting = bool | int | float | Text | list[float]
Settings = dict[Text, Setting]


class Table(Record):
    """A table of a recipe, which admits no further keys."""

    model_config = ConfigDict(extra="forbid")


class ModelRecipe(Table):
    """`[models.NAME]`: how this model is trained where it differs from the other models."""

    optimizer: Text | None = None  # sgd or adam
    lr: float | None = None  # learning rate
    momentum: float | None = None  # of SGD
    weight_decay: float | None = None  # of the optimizer
    batch_size: int | None = None  # per rank
    max_epochs: int | None = None  # at most so many
    patience: int | None = None  # epochs without a better validation accuracy


class GridModelRecipe(ModelRecipe):
    """`[models.NAME]` of a Temporal Shape recipe."""

    hidden: list[Size] = []  # units per block, of this model; none: the recipe's own


class Recipe(Table):
    """What recipes of both studies have."""

    about: str = ""  # what it is for; printed first
    next: str = ""  # what to do when it is done; printed last, where it ran on this machine
    tag: NameOrNone = ""  # names the variant, which a recipe with settings needs; empty: the paper's own runs
    seeds: list[Seed] = []  # none: the paper's
    settings: Settings = {}  # what `--set` takes, for all models: fields of the study's data and of TrainSpec


class GridRecipe(Recipe):
    """A part or a variant of the Temporal Shape grid."""

    study: Literal["ts"]  # what tells this kind of recipe
    source: Literal["2dot", "mnist-bg", "both"] = "both"  # the domain trained on
    hidden: list[Size] = []  # units per block; none: the paper's ten sizes
    models: dict[Name, GridModelRecipe] = {}  # only these, by registered name; none: the paper's four


class DrawnDives(Table):
    """`[mini_diving]`: drawn dives that take the archive's place; the options of `python -m xdomain mini-diving`."""

    train: Size = 240  # clips of the training listing
    test: Size = 60  # clips of the test listing
    classes: Size = 8  # how many of the 48
    bias: Fraction = 0.0  # probability that a clip's pool is the one of its class
    pairs: Fraction = 0.25  # part of the dives made by two divers at once
    labelled: Size = 40  # labelled frames for segmentation
    empty: Annotated[int, Field(ge=0, le=2**20)] = 0  # further such frames, without any diver
    true_masks: bool = True  # also make the mask set `truth`


class SegmentRecipe(Table):
    """`[segment]`: a network is trained and finds the divers, from which the domains are made."""

    network: Name = "deeplabv3plus-r50"  # what finds the divers
    train: Settings = {}  # options of `python -m segment train`
    infer: Settings = {}  # options of `python -m segment infer`
    least_box_iou: Fraction | None = None  # where the true masks are known: fail where the boxes agree less
    least_hidden: Fraction | None = None  # likewise: fail where T hides less of the divers' pixels


class DivingRecipe(Recipe):
    """A part or a variant of the Diving48 study: trainings, and their evaluations on domains."""

    study: Literal["diving48"]  # what tells this kind of recipe
    experiments: list[Text] = ["all"]  # letters a to h; or `all`, or `table17`, alone
    split: Literal["random", "source-video", "random-sha"] = "random"  # of training and validation clips
    hidden: Size | None = None  # units per block; none: the paper's
    domains: list[Name] = []  # that the trainings are evaluated on; none: O, I, S1, S2 and T
    models: dict[Name, ModelRecipe] = {}  # only these, by role or registered name; none: the experiments'
    tolerance: Annotated[float, Field(ge=0, le=100)] | None = None  # of the tables: points off a level
    mini_diving: DrawnDives | None = None  # drawn dives as data; none: the data is there
    segment: SegmentRecipe | None = None  # how the divers are found; none: the masks are there
