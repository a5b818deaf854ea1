"""Deviations from a study's recipe: `--set NAME=VALUE`, and the variant that they make.

`--set MODEL.NAME=VALUE` is for one model of the grid; it takes precedence over `--set NAME=VALUE`.
"""

import dataclasses
import re
from collections.abc import Callable
from typing import Any, TypeVar

from xdomain.core.errors import UserError
from xdomain.core.names import did_you_mean
from xdomain.specs.shapes import RELEASED, RENDERINGS, DataSpec
from xdomain.specs.spec import EAGER, STEPS, RunData, RunSpec, TrainSpec

OF_ONE_MODEL = ("optimizer", "lr", "momentum", "weight_decay", "batch_size", "max_epochs", "patience")
AT_LEAST_ONE: tuple[str, ...] = ("train_clips", "val_clips", "eval_clips", "frames", "side", "batch_size", "ranks")
AT_LEAST_ONE += ("accumulate", "max_epochs", "cpu_threads")
Run = TypeVar("Run", bound=RunSpec)


def overridable(data: type[RunData]) -> dict[str, dataclasses.Field[Any]]:
    """List the fields that --set NAME=VALUE reaches, each owned by the dataclass that documents it."""
    return {field.name: field for part in (data, TrainSpec) for field in dataclasses.fields(part)}


def _flag(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


def _fractions(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(",") if part)


# How a value of a type is read, and what it is called.
READERS: dict[Any, tuple[Callable[[str], Any], str]] = {
    bool: (_flag, "true or false"),
    tuple[float, ...]: (_fractions, "numbers such as 0.3,0.35"),
    float: (float, "a number"),
    int: (int, "a whole number"),
}


def parse_overrides(settings: tuple[str, ...], data: type[RunData] = DataSpec) -> dict[str, Any]:
    """Turn `("lr=0.01", "convlstm.patience=5")` into typed values, for runs whose data the class `data` describes.

    Raises:
        UserError: not NAME=VALUE, an unknown name, or a value of the wrong type or range.
    """
    values: dict[str, Any] = {}
    for model, given in _by_model(settings).items():
        typed = _typed(given, data)
        if model and (shared := [name for name in typed if name not in OF_ONE_MODEL]):
            raise UserError(
                f"--set {model}.{shared[0]}: all models of a launch share it. Of one model may be set: "
                f"{', '.join(OF_ONE_MODEL)}."
            )
        values |= {f"{model}.{name}" if model else name: value for name, value in typed.items()}
    return values


def _by_model(settings: tuple[str, ...]) -> dict[str, list[str]]:
    """Group the settings: those for all models under "", those for one, without its name, under that name."""
    groups: dict[str, list[str]] = {"": []}
    for setting in settings:
        name, equals, text = setting.partition("=")
        model, _, name = name.rpartition(".")
        groups.setdefault(model, []).append(f"{name}{equals}{text}")
    return groups


def _typed(settings: list[str], data: type[RunData]) -> dict[str, Any]:
    known = overridable(data)
    values: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or name not in known:
            meant = did_you_mean(name, known) if equals else ""
            raise UserError(f"--set {setting}: give NAME=VALUE with a NAME of: {', '.join(known)}.{meant}")
        kind: Any = known[name].type
        read, called = READERS.get(kind, (kind, "a word"))
        try:
            values[name] = read(text)
        except (ValueError, KeyError) as error:
            raise UserError(f"--set {setting}: {name} takes {called}.") from error
        if kind in (int, float) and not 0 <= values[name] < float("inf"):
            raise UserError(f"--set {setting}: {name} takes a number of 0 or more.")
    for name in AT_LEAST_ONE:
        if values.get(name) == 0:
            raise UserError(f"--set {name}=0: {name} takes a number of 1 or more.")
    if values.get("optimizer", "sgd") not in ("sgd", "adam"):
        raise UserError("--set optimizer: takes sgd or adam.")
    if values.get("precision", "32-true") not in ("16-mixed", "bf16-mixed", "32-true"):
        raise UserError("--set precision: takes 16-mixed, bf16-mixed or 32-true.")
    if values.get("step", EAGER) not in STEPS:
        raise UserError(f"--set step: takes {', '.join(STEPS[:-1])} or {STEPS[-1]}.")
    if values.get("rendering", RELEASED) not in RENDERINGS:
        raise UserError(f"--set rendering: takes {' or '.join(RENDERINGS)}.")
    if not all(0 < level < 1 for level in values.get("levels", ())):
        raise UserError("--set levels: takes accuracies between 0 and 1, such as 0.3,0.35.")
    return values


def apply_overrides(spec: Run, overrides: dict[str, Any], tag: str = "") -> Run:
    """Replace some values of the spec, under a variant of its own so that it never mixes with the paper's runs.

    Without a `tag` the variant is spelled from the values that differ, such as `lr0.01-patience5`.
    """
    overrides = _reaching(spec.model.name, overrides)
    if tag and not re.fullmatch(r"[A-Za-z0-9_.]+", tag):
        raise UserError(f"--tag {tag}: use letters, digits, '_' and '.' only, since it becomes part of a folder name.")

    def replaced(part: Any) -> Any:
        names = {field.name for field in dataclasses.fields(part)}
        return dataclasses.replace(part, **{k: v for k, v in overrides.items() if k in names})

    data, train = replaced(spec.data), replaced(spec.train)
    changed = [
        f"{name}{re.sub('[^A-Za-z0-9_.]+', '_', str(overrides[name]))}"
        for name in overridable(type(spec.data))
        if name in overrides and (data, train) != (spec.data, spec.train)
    ]
    return dataclasses.replace(spec, data=data, train=train, variant=tag or "-".join(changed))


def _reaching(model: str, overrides: dict[str, Any]) -> dict[str, Any]:
    """Merge the settings for all models with those for this one, which win."""
    by_model = {key: key.rpartition(".")[::2] for key in overrides}  # ("", "lr") or ("convlstm", "lr")
    return {name: overrides[key] for scope in ("", model) for key, (owner, name) in by_model.items() if owner == scope}


def vary(grid: list[Run], overrides: dict[str, Any], tag: str = "") -> list[Run]:
    """Apply `apply_overrides` to every spec of a grid, under one variant.

    An override may be the recipe of some of its models already; those belong to the variant all the same.

    Raises:
        UserError: a setting of one model without a tag, or of a model that the grid has not.
    """
    names = {spec.model.name for spec in grid}
    for model, name in (key.rpartition(".")[::2] for key in overrides if "." in key):
        if model not in names:
            raise UserError(f"--set {model}.{name}: {model} is not among the models: {', '.join(sorted(names))}.")
        if not tag:
            raise UserError(f"--set {model}.{name}: a recipe of several parts needs a name, such as --tag mine.")
    varied = [apply_overrides(spec, overrides, tag) for spec in grid]
    variant = max(spec.variant for spec in varied)
    return [dataclasses.replace(spec, variant=variant) for spec in varied]
