"""Write the tables of fields in docs/ from the classes that hold the files: pydantic models and dataclasses.

    python docs/describe_formats.py           write the tables anew
    python docs/describe_formats.py --check   end with 1 if a page is out of date

A field's type is the class's own, in words; its meaning is the comment that ends its line there.
"""

import ast
import dataclasses
import importlib
import inspect
import io
import json
import re
import tokenize
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union

import annotated_types
from pydantic import AfterValidator, BaseModel
from pydantic.fields import FieldInfo
from up_to_date import write_or_check

from xdomain.core import record
from xdomain.specs import schema
from xdomain.specs.shapes import DataSpec
from xdomain.specs.spec import ModelSpec, RunSpec, TrainSpec
from xdomain.specs.videos import VideoDataSpec, VideoEvaluation

PAGES = tuple(Path(__file__).parent / name for name in ("formats.md", "cluster.md"))
BEGIN = "<!-- fields of {} -->\n"
END = "<!-- end of fields -->\n"
TABLE = re.compile(BEGIN.format(r"([\w.]+)") + ".*?" + END, re.DOTALL)
SAID = 1000  # a larger upper bound only keeps damaged files out, and is not told

SPECS = (RunSpec, ModelSpec, TrainSpec, DataSpec, VideoDataSpec, VideoEvaluation)

# What a text may be, by the check that it goes through.
CHECKED = {
    alias.__metadata__[-1].func: words
    for alias, words in (
        (record.Name, "name"),
        (record.ModelName, "name, or LIBRARY:NAME"),
        (record.NameOrNone, "name, or empty"),
        (record.Inside, "path of names"),
        (record.Text, "text"),
    )
}
PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false", type(None): "null", Any: "any value"}
DIGESTS = {"^[0-9a-f]{64}$": "SHA-256", "^([0-9a-f]{64})?$": "SHA-256, or empty"}


def described(kind: Any) -> str:
    """Return a field's type in words, such as `list of names`."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is Annotated:
        return _limited(inner[0], list(_conditions(inner[1:])))
    if origin is Literal:
        return " or ".join(f"`{json.dumps(value)}`" for value in inner)
    if origin in (Union, types.UnionType):
        words = [described(part) for part in inner if part is not type(None)]
        return " or ".join(words) + ", or null" * (type(None) in inner)
    if origin in (list, tuple):
        return f"list of: {described(inner[0])}"
    if origin is dict:
        return f"table: {described(inner[0])} → {described(inner[1])}"
    if dataclasses.is_dataclass(kind) or (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return f"[{kind.__name__}](#{kind.__name__.lower()})"
    return PLAIN[kind]


def _conditions(metadata: tuple[Any, ...]) -> Iterator[Any]:
    """Yield the conditions on a value one by one, whether they were given alone or through `Field`."""
    for condition in metadata:
        yield from condition.metadata if isinstance(condition, FieldInfo) else [condition]


def _limited(kind: Any, conditions: list[Any]) -> str:
    """Return a type in words, with the conditions that its values meet."""
    for condition in conditions:
        if isinstance(condition, AfterValidator) and condition.func in CHECKED:
            return CHECKED[condition.func]
        if pattern := getattr(condition, "pattern", None):
            return DIGESTS.get(pattern, f"text of the form `{pattern}`")
    words = {
        annotated_types.Ge: "≥ {}",
        annotated_types.Gt: "> {}",
        annotated_types.Le: "≤ {}",
        annotated_types.Lt: "< {}",
    }
    limits = [
        words[type(condition)].format(next(iter(dataclasses.asdict(condition).values())))
        for condition in conditions
        if type(condition) in words and next(iter(dataclasses.asdict(condition).values())) <= SAID
    ]
    return " ".join([described(kind), " and ".join(limits)]).strip()


def comments(cls: type) -> dict[str, str]:
    """Return the comment behind each field of a class, those of the classes that it is made of too."""
    meanings: dict[str, str] = {}
    for part in reversed(cls.__mro__):
        if part.__module__.partition(".")[0] not in ("xdomain", "jobs", "segment", "analysis"):
            continue
        source = inspect.getsource(part)
        by_line = {
            token.start[0]: token.string.lstrip("# ")
            for token in tokenize.generate_tokens(io.StringIO(source).readline)
            if token.type == tokenize.COMMENT
        }
        for node in ast.parse(source).body[0].body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                meanings[node.target.id] = by_line.get(node.end_lineno, "")
    return meanings


def fields(cls: type) -> Iterator[tuple[str, Any, Any]]:
    """Yield (name, type, default) of each field; a default of `...` is none."""
    hints = typing.get_type_hints(cls)
    model = schema.record_of(cls) if cls in SPECS else cls  # which values a spec's file may have
    if issubclass(model, BaseModel):
        for name, field in model.model_fields.items():
            if name not in hints:  # of another kind of run, where it is empty
                continue
            kind = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
            is_any = cls is RunSpec and name == "data"  # the kind of run says which
            yield name, DataSpec | VideoDataSpec if is_any else kind, ... if field.is_required() else field.default
        return
    for field in dataclasses.fields(cls):
        default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
        yield field.name, hints[field.name], ... if default is dataclasses.MISSING else default


def table(name: str) -> str:
    """Return the table of a class's fields in Markdown.

    Raises:
        SystemExit: a field has no comment.
    """
    module, _, attribute = name.rpartition(".")
    cls = getattr(importlib.import_module(module), attribute)
    meanings = comments(cls)
    lines = ["| field | type | default | meaning |", "|---|---|---|---|"]
    for field, kind, default in fields(cls):
        if not (meaning := meanings.get(field)):
            raise SystemExit(f"{name}.{field} has no comment that says what it is.")
        cells = [f"`{_name(cls, field)}`", described(kind), _default(default), meaning]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _name(cls: type, field: str) -> str:
    """Return what a field is called in the file."""
    return (issubclass(cls, BaseModel) and cls.model_fields[field].alias) or field


def _default(value: Any) -> str:
    if value is ...:
        return ""
    if dataclasses.is_dataclass(value):
        return "all defaults"
    return f"`{json.dumps(value)}`"


def page(text: str) -> str:
    """Return the page with its tables as the classes are now."""
    return TABLE.sub(lambda match: BEGIN.format(match[1]) + table(match[1]) + END, text)


def main() -> None:
    """Write the tables, or with --check compare them with those that there are."""
    for path in PAGES:
        write_or_check(path, page, "describe_formats.py")


if __name__ == "__main__":
    main()
