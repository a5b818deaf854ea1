"""result.json of a run, and the lines of its attempts.jsonl."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from xdomain.core.names import one_line
from xdomain.core.record import Amount, Count, Digest, Fraction, Name, Record, Text

Status = Literal["finished", "diverged", "nonfinite"]
Epoch = Annotated[str, Field(pattern=r"^[0-9]{1,6}$")]


class Provenance(Record):
    """Where a result comes from."""

    code_version: Text  # the commit, with a digest of uncommitted changes
    image_digest: Text | None = None  # of the image file; none without an image
    device: Text  # of the last attempt: the GPU's name, or CPU
    host: Text | None = None  # of the last attempt
    python: Text | None = None  # its version
    libraries: dict[Text, Text] = {}  # name → version


class AttemptProvenance(Record):
    """Code, libraries and device of one attempt; of attempts before this was recorded, the number alone."""

    attempt: Count  # counted from 1
    code_version: Text | None = None  # as in Provenance
    image_digest: Text | None = None  # as in Provenance
    device: Text | None = None  # as in Provenance


class SeenData(Record):
    """A data set as the run saw it."""

    model_config = ConfigDict(extra="allow")

    sha256: Text  # of the content; begins with `streamed:` where videos were decoded while they were used
    class_counts: list[Count] | None = None  # clips of each class, in label order
    listing_sha256: Digest | None = None  # of the listing that the clips were decoded by
    missing: list[Text] | dict[Text, Text] = []  # clips that the domain lacks, and why where known
    frames_lacking: dict[Text, Count] = {}  # clip → frames that its video is short of


class EvaluatedTraining(Record):
    """The training that an evaluation is of."""

    id: Text | None = None  # the training's
    result_sha256: Digest  # of its result.json, so that a training made anew is noticed


class Result(Record):
    """What every result says, a segmentation network's too."""

    format: Literal[1]  # of this file
    id: Text  # the run's, which is its folder below the runs root
    status: Status  # nonfinite: some scores are NaN or infinite
    provenance: Provenance  # of the attempt that came to the result
    provenance_of_attempts: list[AttemptProvenance] = []  # of all attempts, in order
    attempts: Count | None = None  # how many there were
    started: Text | None = None  # the last attempt, ISO 8601 in UTC
    ended: Text | None = None  # likewise


class Split(Record):
    """How a Diving48 training's clips were split."""

    kind: Name  # random, source-video or random-sha
    left_out: dict[Name, Count] = {}  # why → how many clips of the listing take no part


class NonFinite(Record):
    """Scores of a set (and epoch) that are NaN or infinite."""

    set: Name  # `validation` or a domain
    epoch: Count | None = None  # where several are evaluated
    clip: Text | int  # the first such clip
    clips: Annotated[int, Field(ge=1)]  # how many there are


class Measurements(Record):
    """What a run itself has to say, whatever its kind; the rest of a result is added by whoever executes it."""

    status: Status = "finished"  # as in Result
    data: dict[Text, SeenData]  # by the set's or cache's name
    split: Split | None = None  # of a Diving48 training
    diverged_in_epoch: Count | None = None  # of a run whose status is diverged
    checkpoints: dict[Epoch, Fraction] = {}  # Diving48: accuracy by epoch; a training's is on its validation clips
    accuracy: dict[Name, Fraction] = {}  # of the best epoch, by `validation` or domain
    clips: dict[Name, Count] = {}  # how many were evaluated, by `validation` or domain (or trained on: `train`)
    parameters: Count | None = None  # trainable
    best_epoch: Count | None = None  # counted from 0
    epochs: Count | None = None  # how many were trained
    training: EvaluatedTraining | None = None  # of an evaluation
    seconds: dict[Name, Amount] = {}  # `train` over all attempts, and `evaluate`
    nonfinite: Annotated[list[NonFinite], Field(min_length=1)] | None = None  # of a nonfinite run: where

    @classmethod
    def diverged(cls, epoch: int, data: dict[str, SeenData], split: Split | None = None) -> "Measurements":
        """Say that the loss of that epoch, counted from 0, was not finite: nothing is known but what was read."""
        known: dict[str, Any] = {} if split is None else {"split": split}
        return cls(status="diverged", data=data, diverged_in_epoch=epoch, accuracy={}, clips={}, **known)


class RunResult(Measurements, Result):
    """What a run of a study came to."""

    status: Status  # nonfinite: some scores are NaN or infinite


def _words(text: str) -> str:
    return one_line(text[:4000])


class AttemptEvent(Record):
    """A line of attempts.jsonl: an attempt began or ended, or what followed it."""

    model_config = ConfigDict(extra="allow")

    event: Text  # start, end, requeue or `gave up`
    time: Annotated[float, Field(ge=0, le=1e11)]  # seconds since 1970
    attempt: Count  # counted from 1
    host: Text = "an unknown host"  # of a start, as pid, job, log and gpus are
    pid: Count | None = None  # of the process
    job: Text | None = None  # the scheduler's name for the job; none on a machine without one
    log: Text | None = None  # the file that its output goes to
    gpus: Annotated[float, Field(ge=0, le=1000)] = 0  # its share of them, for GPU-hours
    left: Annotated[float, Field(ge=0, le=1e11)] | None = None  # when the attempt before it was last alive, if killed
    outcome: Literal["finished", "diverged", "nonfinite", "failed", "interrupted"] | None = None  # of an end
    reason: Annotated[str, AfterValidator(_words)] = ""  # of an end: an exception's words, which may hold anything
    seconds: Amount | None = None  # of an end: how long the attempt took

    @model_validator(mode="after")
    def _end_says_how(self) -> "AttemptEvent":
        if self.event == "end" and self.outcome is None:
            raise PydanticCustomError("end", "an attempt's end has an outcome")
        return self
