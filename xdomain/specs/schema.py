"""spec.json: the fields of the spec's dataclasses, each with the values that it may have."""

import dataclasses
import typing
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from xdomain.core.errors import UserError
from xdomain.core.names import one_line
from xdomain.core.record import Count, ModelName, Name, NameOrNone, Size, Text, fault
from xdomain.specs.shapes import CLEAN, EARLIER, RELEASED, DataSpec
from xdomain.specs.spec import REVISION, STEPS, ModelSpec, RunSpec, TrainSpec
from xdomain.specs.videos import VideoDataSpec, VideoEvaluation

Seed = Annotated[int, Field(ge=0, lt=2**32)]
# JSON knows no tuples: a list is one.
Levels = Annotated[tuple[Annotated[float, Field(gt=0, lt=1)], ...], Field(max_length=1000, strict=False)]

# What a field's type does not say. A field that stands here in no class of its own has its type for a condition.
_FIELDS: dict[type, dict[str, Any]] = {
    RunSpec: {
        "study": Name,
        "source": Name,
        "targets": Annotated[tuple[Name, ...], Field(max_length=100, strict=False)],
        "seed": Seed,
        "variant": NameOrNone,
        "revision": Annotated[int, Field(ge=1, le=REVISION)],
    },
    VideoEvaluation: {"evaluates": Name},
    ModelSpec: {
        "name": ModelName,
        "hidden": Size,
        "weights": Text,
        "sha256": Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")],
        "frozen": bool,
    },
    TrainSpec: {
        "optimizer": Literal["sgd", "adam"],
        **dict.fromkeys(("lr", "momentum", "weight_decay"), Annotated[float, Field(ge=0, le=1e38)]),
        **dict.fromkeys(("batch_size", "ranks", "accumulate", "max_epochs", "cpu_threads"), Size),
        "patience": Count,
        "precision": Literal["16-mixed", "bf16-mixed", "32-true"],
        "step": Literal[STEPS],
        "levels": Levels,
        "keep_all": bool,
    },
    DataSpec: {
        **dict.fromkeys(("train_clips", "val_clips", "eval_clips"), Annotated[int, Field(ge=1, lt=2**31)]),
        "set_seed": Seed,
        "split_seed": Seed,
        "digits": Text,
        **dict.fromkeys(("source_intensity", "target_intensity"), Annotated[float, Field(ge=0, le=10)]),
        "rendering": Literal[RELEASED, CLEAN, EARLIER],
    },
    VideoDataSpec: {
        "dataset": Name,
        "frames": Size,
        "side": Size,
        "val_clips": Annotated[int, Field(ge=1, lt=2**31)],
        "split_seed": Seed,
        "masks": NameOrNone,  # none: an evaluation on a function of frames
    },
}


@cache
def record_of(spec: type) -> type[BaseModel]:
    """Make a record with a dataclass's fields and defaults; a field that it does not have is another version's."""
    conditions = {name: kind for part in reversed(spec.__mro__) for name, kind in _FIELDS.get(part, {}).items()}
    types = typing.get_type_hints(spec)
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(spec):
        kind = types[field.name]
        if dataclasses.is_dataclass(kind):
            kind = record_of(types[field.name])
        elif field.name in conditions:
            kind = conditions[field.name]
        elif typing.get_origin(kind) is tuple:  # a list, in JSON
            kind = Annotated[kind, Field(strict=False)]
        fields[field.name] = (kind, ... if field.default is dataclasses.MISSING else field.default)
    if issubclass(spec, RunSpec):  # every file has it, empty in all but an evaluation's
        fields.setdefault("evaluates", (Literal[""], ""))
    config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
    made: type[BaseModel] = create_model(spec.__name__, __config__=config, **fields)
    return made


def check_spec(kind: type, values: Any, source: str) -> None:
    """Refuse values that are no spec's.

    Args:
        kind: the class that they are to become one of.
        values: as `RunSpec.to_dict` makes them, without the id.
        source: what they are of, for the message.

    Raises:
        UserError: names the first field that is missing, unknown or wrong.
    """
    try:
        record_of(kind).model_validate(values)
    except ValidationError as error:
        raise UserError(
            f"{one_line(source)} does not fit this version of xdomain ({fault(error)}). "
            "Use the version that wrote it, or move the run folder away."
        ) from error
