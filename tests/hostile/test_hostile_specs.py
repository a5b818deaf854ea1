"""Specs that strangers wrote: no name of theirs leads out of a folder, no number is out of range."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.hostile_bundles import with_specs
from support.hostile_support import Canary, assert_refuses, invoked
from support.made_runs import demo

from analysis.__main__ import main as analysis
from xdomain.specs.read import read_spec
from xdomain.specs.spec import RunSpec
from xdomain.studies import diving48, temporal_shape

PATHS = [
    "../x",
    "/etc/passwd",
    "..",
    ".",
    ".hidden",
    "a/b",
    "a\\b",
    "",
    "a\nb",
    "a\x1b[2Jb",
    "a b",
    "x" * 300,
    "\u202eab",
]


def changed(spec: RunSpec, field: str, value: Any) -> dict[str, Any]:
    """The spec's values with one replaced; its id is left away, so that nothing but the value is wrong."""
    values = spec.to_dict()
    del values["id"]
    *outer, name = field.split(".")
    place = values
    for part in outer:
        place = place[part]
    place[name] = value
    return values


@pytest.mark.parametrize("value", PATHS)
@pytest.mark.parametrize("field", ["study", "source", "model.name"])
def test_a_name_that_is_no_plain_component(field: str, value: str) -> None:
    values = changed(temporal_shape.run("2dot", "3dcnn", 2, 42), field, value)
    assert_refuses(lambda: read_spec(values), field)


@pytest.mark.parametrize("field", ["variant", "evaluates", "data.masks", "data.dataset"])
@pytest.mark.parametrize("value", [value for value in PATHS if value])
def test_a_name_of_diving48_that_is_no_plain_component(field: str, value: str) -> None:
    values = changed(diving48.training("3dcnn-6blocks"), field, value)
    assert_refuses(lambda: read_spec(values), field)


@pytest.mark.parametrize("targets", [["/private"], ["2dot", "../mnist"], "2dot", [["2dot"]], ["2dot"] * 10_000, None])
def test_targets_that_are_no_names(targets: object) -> None:
    values = changed(temporal_shape.run("2dot", "3dcnn", 2, 42), "targets", targets)
    assert_refuses(lambda: read_spec(values), "targets")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seed", -1),
        ("seed", 1e300),
        ("seed", 10**40),
        ("seed", True),
        ("seed", "42; touch x"),
        ("model.hidden", 0),
        ("model.hidden", 2**70),
        ("train.lr", float("nan")),
        ("train.lr", "0.1"),
        ("train.ranks", 0),
        ("train.batch_size", -8),
        ("train.optimizer", "sgd\n"),
        ("train.levels", [2.0]),
        ("data.frames", 10**9),
        ("data.side", None),
        ("data", []),
        ("train", "fast"),
    ],
)
def test_a_number_out_of_range_or_of_another_type(field: str, value: object) -> None:
    values = changed(diving48.training("3dcnn-6blocks"), field, value)
    assert_refuses(lambda: read_spec(values), field.partition(".")[0])


def test_every_spec_of_the_grids_is_fine() -> None:
    """The control: what the project makes itself is refused nowhere."""
    tables = [diving48.variant(row) for row in diving48.TABLE_17]
    own = [diving48.training(model) for model in diving48.models_of("abcdefgh")]
    for spec in (*temporal_shape.grid(), *tables, *own, demo("2dot", "3dcnn", 2, 42)):
        assert read_spec(spec.to_dict()) == spec


Change = Callable[[dict[str, Any]], None]


def masks(name: str) -> Change:
    """A second mask set of that name, whose tables have it in their files' names."""

    def change(values: dict[str, Any]) -> None:
        if values["evaluates"]:
            values["data"]["masks"] = name

    return change


def targets(names: list[str]) -> Change:
    def change(values: dict[str, Any]) -> None:
        values["targets"] = names

    return change


@pytest.mark.parametrize("name", ["x/../../../canary/README", "../README", "/tmp/README", ".", "..", "a\x1b]0;b\x07"])
def test_verify_writes_nothing_outside(packed: Path, tmp_path: Path, canary: Canary, name: str) -> None:
    bundle = with_specs(packed, tmp_path / "bad.tar.gz", "diving48-demo", masks(name))
    outcome = invoked(analysis, "verify", bundle)
    outcome.assert_refused("data.masks")
    canary.assert_untouched(outcome)


def test_verify_reads_nothing_outside(packed: Path, tmp_path: Path, canary: Canary) -> None:
    bundle = with_specs(packed, tmp_path / "bad.tar.gz", "ts-demo", targets([str(canary.folder / "private/secret")]))
    outcome = invoked(analysis, "verify", bundle)
    outcome.assert_refused("targets.0")
    canary.assert_untouched(outcome)
