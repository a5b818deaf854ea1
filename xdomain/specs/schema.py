"""spec.json: the fields of the spec's dataclasses, each with the values that it may have."""

import dataclasses
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from xdomain.core.errors import UserError
from xdomain.core.names import one_line
from xdomain.core.record import Count, Name, NameOrNone, Size, Text, fault
from xdomain.specs.spec import (
    CLEAN,
    EARLIER,
    RELEASED,
    REVISION,
    DataSpec,
    ModelSpec,
    RunSpec,
    TrainSpec,
    VideoDataSpec,
)

Seed = Annotated[int, Field(ge=0, lt=2**32)]
# JSON knows no tuples: a list is one.
Levels = Annotated[tuple[Annotated[float, Field(gt=0, lt=1)], ...], Field(max_length=1000, strict=False)]

_FIELDS: dict[type, dict[str, Any]] = {
    ModelSpec: {"name": Name, "hidden": Size},
    TrainSpec: {
        "optimizer": Literal["sgd", "adam"],
        **dict.fromkeys(("lr", "momentum", "weight_decay"), Annotated[float, Field(ge=0, le=1e38)]),
        **dict.fromkeys(("batch_size", "ranks", "accumulate", "max_epochs", "cpu_threads"), Size),
        "patience": Count,
        "precision": Literal["16-mixed", "bf16-mixed", "32-true"],
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
        "masks": Name,
    },
}


def _model(record_type: type, fields: dict[str, Any]) -> type[BaseModel]:
    """Make a record with a dataclass's fields and defaults; a field that it does not have is another version's."""
    config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
    absent = dataclasses.MISSING
    definitions: dict[str, Any] = {
        field.name: (fields[field.name], ... if field.default is absent else field.default)
        for field in dataclasses.fields(record_type)
    }
    return create_model(record_type.__name__, __config__=config, **definitions)


_PARTS = {record_type: _model(record_type, fields) for record_type, fields in _FIELDS.items()}
_WHOLE = {
    data: _model(
        RunSpec,
        {
            "study": Name,
            "source": Name,
            "targets": Annotated[tuple[Name, ...], Field(max_length=100, strict=False)],
            "model": _PARTS[ModelSpec],
            "seed": Seed,
            "data": _PARTS[data],
            "train": _PARTS[TrainSpec],
            "variant": NameOrNone,
            "evaluates": NameOrNone,
            "revision": Annotated[int, Field(ge=1, le=REVISION)],
        },
    )
    for data in (DataSpec, VideoDataSpec)
}


def check_spec(values: Any, source: str) -> None:
    """Refuse values that are no spec's.

    Args:
        values: as `RunSpec.to_dict` makes them, without the id.
        source: what they are of, for the message.

    Raises:
        UserError: names the first field that is missing, unknown or wrong.
    """
    is_video = isinstance(values, dict) and isinstance(values.get("data"), dict) and "dataset" in values["data"]
    try:
        _WHOLE[VideoDataSpec if is_video else DataSpec].model_validate(values)
    except ValidationError as error:
        raise UserError(
            f"{one_line(source)} does not fit this version of xdomain ({fault(error)}). "
            "Use the version that wrote it, or move the run folder away."
        ) from error
