"""Share among all records the types of their fields, and one reader whose errors name file and field."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from xdomain.core.errors import UserError
from xdomain.core.files import LARGEST_JSON, read_json
from xdomain.core.names import PLAIN, did_you_mean, is_library_model, is_plain, one_line

UNKNOWN = "extra_forbidden"  # pydantic's word for a key that there is not
SHOWN = 60  # characters of a value that a message quotes


class Record(BaseModel):
    """What a file holds. No type is converted, a number is finite, and a later version's fields are let through."""

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)


R = TypeVar("R", bound=Record)


def _plain(name: str) -> str:
    if not is_plain(name):
        raise PydanticCustomError("name", f"has to be a plain name: {PLAIN}")
    return name


def _inside(name: str) -> str:
    # An evaluation's folder has one more sign in its name: random@S1-predicted.
    if len(name) > 1000 or not all(is_plain(part.replace("@", "-")) for part in name.split("/")):
        raise PydanticCustomError("path", "lies outside it, or is no path of plain names")
    return name


def _printable(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("text", "has a line break or a control character")
    return text


Name = Annotated[str, AfterValidator(_plain)]  # becomes a component of a path
# As registered, or a library's, whose colon and slashes an id has as hyphens.
ModelName = Annotated[str, AfterValidator(lambda name: name if is_library_model(name) else _plain(name))]
NameOrNone = Annotated[str, AfterValidator(lambda name: _plain(name) if name else name)]
Inside = Annotated[str, AfterValidator(_inside)]  # a path below a folder, such as a run's id
Text = Annotated[str, Field(max_length=4000), AfterValidator(_printable)]
Count = Annotated[int, Field(ge=0, lt=2**53)]
Size = Annotated[int, Field(ge=1, le=2**20)]  # of a model, a batch, a clip
Fraction = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0, le=1e12)]  # seconds, learning rates
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def read_record(model: type[R], path: Path, remedy: str, largest: int = LARGEST_JSON) -> tuple[R, dict[str, Any]]:
    """Read a JSON file of at most `largest` bytes as a record; returns it, and all of the file's values.

    Raises:
        UserError: the file is no JSON, or a field is missing or wrong; names file and field, and ends with `remedy`.
    """
    values = read_json(path, largest)
    return checked(model, values, str(path), remedy), values


def checked(model: type[R], values: Any, source: str, remedy: str) -> R:
    """Make a record of plain values that come from `source`.

    Raises:
        UserError: a field is missing or wrong.
    """
    if not isinstance(values, Mapping):
        raise UserError(f"{source} is damaged or not xdomain's: it holds no JSON object. {remedy}")
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise UserError(f"{source} is damaged or not xdomain's: {fault(error, model)}. {remedy}") from error


def fault(error: ValidationError, model: type[BaseModel] | None = None) -> str:
    """Say in a few words which field is wrong and why, such as `seed: input should be a valid integer (it is "x")`.

    With a `model`, a key that it has not comes first, since it may be the misspelt name of one that is missing.
    """
    found = error.errors(include_url=False, include_context=False)
    first, *others = sorted(found, key=lambda each: model is not None and each["type"] != UNKNOWN)
    field = ".".join(one_line(part)[:SHOWN] for part in first["loc"]) or "it"
    if model and first["type"] == UNKNOWN:
        meant = did_you_mean(str(first["loc"][-1]), _keys(model, first["loc"]))
        return f"{field}: there is no such key{f' ({meant.strip()})' * bool(meant)}"
    words = first["msg"][:1].lower() + first["msg"][1:]
    shown = "" if first["type"] == "missing" else f" (it is {_quoted(first['input'])})"
    more = f", and {len(others)} more" if others else ""
    return f"{field}: {words}{shown}{more}"


def _keys(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    """List the keys of the table that a place such as ("experiments", "a", "levl") lies in."""
    for part in place[:-1]:
        field = model.model_fields.get(str(part))  # none of a name that a user gave
        kinds = (field.annotation, *get_args(field.annotation)) if field else ()
        model = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), model)
    return list(model.model_fields)


def _quoted(value: Any) -> str:
    if isinstance(value, dict | list | tuple):
        return f"a {'table' if isinstance(value, dict) else 'list'} of {len(value)}"
    text = json.dumps(value)[: SHOWN + 1] if isinstance(value, str | float | bool) or value is None else "a number"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
