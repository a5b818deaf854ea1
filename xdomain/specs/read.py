"""A run's spec from JSON, whoever wrote it: of the right kind, checked, with all that earlier versions did not say."""

import dataclasses
import typing
from functools import cache
from pathlib import Path
from typing import Any

from xdomain.core.errors import UserError
from xdomain.core.names import is_plain, one_line
from xdomain.specs.registry import kind_of
from xdomain.specs.spec import RunSpec


def read_spec(values: Any, path: Path | None = None) -> RunSpec:
    """Rebuild a spec from the JSON of `RunSpec.to_dict`, whoever wrote it; `path` is the file, for the message.

    Raises:
        UserError: a key is unknown or missing (another version's file), the study is not registered, a name is no
            plain component of a path, or a number is out of range.
    """
    from xdomain.specs.schema import check_spec  # pydantic, which a launch of nothing but new runs does without

    stated_id = values.get("id") if isinstance(values, dict) else None
    own = {name: value for name, value in values.items() if name != "id"} if isinstance(values, dict) else values
    source = f"The spec of run {stated_id}" + (f" in {path}" if path else "")
    kind = _kind(own, source)
    check_spec(kind, own, source)
    if "evaluates" not in {field.name for field in dataclasses.fields(kind)}:
        own.pop("evaluates", None)
    spec = _made(kind, kind.complete(own))
    assert isinstance(spec, RunSpec)
    spec.check_names()
    if stated_id not in (None, spec.id):
        raise UserError(
            f"The spec{f' in {path}' if path else ''} says it is {one_line(stated_id)} but its values make "
            f"{spec.id}: it was edited by hand."
        )
    return spec


def _kind(values: Any, source: str) -> type[RunSpec]:
    """Choose the class of a spec; the base's where no study is named, which the check of the fields then says."""
    name = values.get("study") if isinstance(values, dict) else None
    if not isinstance(name, str) or not is_plain(name):
        return RunSpec
    try:
        kind: type[RunSpec] = kind_of(name, values)
    except UserError as error:
        raise UserError(f"{one_line(source)} cannot be read: {error}") from error
    return kind


@cache
def _types(record: type) -> dict[str, Any]:
    return typing.get_type_hints(record)


def _made(record: type, values: dict[str, Any]) -> Any:
    """Make a dataclass of JSON's values, those of the dataclasses in it too; its tuples were lists there."""
    types = _types(record)

    def value_of(name: str, value: Any) -> Any:
        if dataclasses.is_dataclass(types[name]):
            return _made(types[name], value)
        return tuple(value) if isinstance(value, list) else value

    return record(**{name: value_of(name, value) for name, value in values.items()})
