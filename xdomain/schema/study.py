"""A study in one file: what its TOML may hold, and study.json, which keeps it in the runs root.

A key that a study file may not have is refused, since a misspelt one would decide nothing.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from xdomain.core.record import Count, Name, Record, Size, Text

FORMAT = 1
Level = Annotated[float, Field(gt=0, lt=1)] | Literal["best"]
Roles = Annotated[dict[Text, Name], Field(min_length=1, max_length=100)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Long = Annotated[str, Field(max_length=1_000_000)]


def _without_hyphen(name: str) -> str:
    if "-" in name:
        raise PydanticCustomError("hyphen", "has a hyphen, which begins a variant's name: use '_' or '.'")
    return name


class DataTable(Record, extra="forbid"):
    """[data] of a study file: which clips."""

    dataset: Name  # a folder below the data root
    videos: dict[str, Any] = {}  # as dataset.toml, which is written of it; empty: it is there, or Diving48's layout
    split: Literal["random", "source-video", "random-sha"] = "source-video"  # how validation clips are chosen
    val_clips: Annotated[int, Field(ge=1, lt=2**31)]  # of the training listing, held out
    split_seed: Count = 42  # of the split
    frames: Size = 32  # sampled evenly from a clip
    side: Size = 224  # pixels
    masks: Name = "predicted"  # the mask set that domains are made with


class ExperimentTable(Record, extra="forbid"):
    """[experiments.NAME] of a study file: models compared at one validation accuracy."""

    level: Level = "best"  # validation accuracy in (0, 1), or each model's best epoch
    models: Roles | Annotated[list[Name], Field(min_length=1)]  # role in the tables → a key of [models]; or keys alone


class StudyTable(Record, extra="forbid"):
    """A study file."""

    name: Annotated[Name, AfterValidator(_without_hyphen)]  # first part of its runs' ids
    about: Long = ""  # for people
    question: Text = ""  # what the study asks, in a line: heads its page; empty: its name and claims do
    data: DataTable  # which clips
    seeds: Annotated[list[Seed], Field(min_length=1)] = [42]  # a training each, of every model
    train: dict[str, Any] = {}  # the recipe: fields of a TrainSpec
    models: Annotated[dict[Name, dict[str, Any]], Field(min_length=1)]  # key → fields of a ModelSpec; `train`: its own
    experiments: Annotated[dict[Name, ExperimentTable], Field(min_length=1)]  # what is compared
    domains: Annotated[list[Name], Field(min_length=1)] = ["O"]  # of the test clips; O: unmodified
    claims: str = ""  # a file of claims that the study's results are held against


class LibraryModel(Record):
    """What a library's model of a study was built from at the launch; paths are complete."""

    name: Long  # `torchvision:NAME` or `transformers:NAME`
    weights: Long  # a file, a folder or a name in the library's cache; empty: random ones
    sha256: Text  # of all that


class StoredStudy(Record):
    """study.json: a study file as it was launched."""

    format: Literal[1]  # of this file
    file: Long  # the study file's text
    classes: list[Text]  # names, in label order
    claims: Long = ""  # the text of the file with claims
    library_models: dict[Name, LibraryModel] = {}  # key of [models] → what it was built from
