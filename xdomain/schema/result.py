"""result.json of a run, and the lines of its attempts.jsonl."""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from xdomain.core.names import one_line
from xdomain.core.record import Amount, Count, Digest, Fraction, Name, Record, Text

Epoch = Annotated[str, Field(pattern=r"^[0-9]{1,6}$")]


class Provenance(Record):
    """Where a result comes from."""

    code_version: Text
    image_digest: Text | None = None
    device: Text
    host: Text | None = None
    python: Text | None = None
    libraries: dict[Text, Text] = {}  # noqa: RUF012  (pydantic copies it)


class AttemptProvenance(Record):
    """Code, libraries and device of one attempt; of attempts before this was recorded, the number alone."""

    attempt: Count
    code_version: Text | None = None
    image_digest: Text | None = None
    device: Text | None = None


class SeenData(Record):
    """A data set as the run saw it."""

    sha256: Text
    class_counts: list[Count] | None = None
    listing_sha256: Digest | None = None
    missing: list[Text] | dict[Text, Text] = []  # noqa: RUF012  (clips that the domain lacks, and why where known)
    frames_lacking: dict[Text, Count] = {}  # noqa: RUF012


class EvaluatedTraining(Record):
    """The training that an evaluation is of."""

    id: Text | None = None
    result_sha256: Digest


class Result(Record):
    """What every result says, a segmentation network's too."""

    format: Literal[1]
    id: Text
    status: Literal["finished", "diverged", "nonfinite"]
    provenance: Provenance
    provenance_of_attempts: list[AttemptProvenance] = []  # noqa: RUF012
    attempts: Count | None = None
    started: Text | None = None
    ended: Text | None = None


class Split(Record):
    """How a Diving48 training's clips were parted."""

    kind: Name
    left_out: dict[Name, Count] = {}  # noqa: RUF012


class NonFinite(Record):
    """Scores of a set (and epoch) that are NaN or infinite."""

    set: Name
    epoch: Count | None = None
    clip: Text | int
    clips: Annotated[int, Field(ge=1)]


class RunResult(Result):
    """What a run of a study came to."""

    data: dict[Text, SeenData]
    accuracy: dict[Name, Fraction] = {}  # noqa: RUF012
    clips: dict[Name, Count] = {}  # noqa: RUF012
    checkpoints: dict[Epoch, Fraction] = {}  # noqa: RUF012
    parameters: Count | None = None
    best_epoch: Count | None = None
    epochs: Count | None = None
    diverged_in_epoch: Count | None = None
    nonfinite: Annotated[list[NonFinite], Field(min_length=1)] | None = None
    split: Split | None = None
    seconds: dict[Name, Amount] = {}  # noqa: RUF012
    training: EvaluatedTraining | None = None


def _words(text: str) -> str:
    return one_line(text[:4000])


class AttemptEvent(Record):
    """A line of attempts.jsonl: an attempt began or ended, or what followed it."""

    model_config = ConfigDict(extra="allow")

    event: Text
    time: Annotated[float, Field(ge=0, le=1e11)]  # seconds since 1970
    attempt: Count
    host: Text = "an unknown host"
    pid: Count | None = None
    job: Text | None = None
    log: Text | None = None
    gpus: Annotated[float, Field(ge=0, le=1000)] = 0
    outcome: Literal["finished", "diverged", "nonfinite", "failed", "interrupted"] | None = None
    reason: Annotated[str, AfterValidator(_words)] = ""  # an exception's words, which may hold anything
    seconds: Amount | None = None

    @model_validator(mode="after")
    def _end_says_how(self) -> "AttemptEvent":
        if self.event == "end" and self.outcome is None:
            raise PydanticCustomError("end", "an attempt's end has an outcome")
        return self
