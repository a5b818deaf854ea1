"""Long runs first: by what earlier runs of the same model and size took."""

import dataclasses

import pytest
from support.made_launches import end, leave_result, start
from support.tiny_runs import tiny

from jobs.launching.estimates.durations import expected_seconds, long_first
from xdomain.specs.spec import ModelSpec, RunSpec


def sized(hidden: int, seed: int) -> RunSpec:
    return dataclasses.replace(tiny(seed=seed), model=ModelSpec("3dcnn", hidden))


def record(spec, seconds: float, outcome: str = "finished") -> None:
    start(spec)
    end(spec, outcome, "", seconds=seconds)


def test_runs_are_sorted_by_what_their_model_and_size_took(tiny_roots):
    short, long, unknown = (sized(hidden=hidden, seed=61) for hidden in (2, 4, 6))
    for seed, seconds in ((42, 10), (47, 30)):
        record(sized(hidden=2, seed=seed), seconds)
    record(sized(hidden=4, seed=42), 90)
    record(sized(hidden=6, seed=42), 500, outcome="failed")  # says nothing of a whole run
    assert expected_seconds([short, long, unknown]) == {short.id: 20, long.id: 90}
    assert long_first([short, long, unknown]) == [unknown, long, short]


def test_without_records_larger_models_come_first_in_the_grids_order(tiny_roots):
    grid = [sized(hidden=hidden, seed=seed) for hidden in (2, 4) for seed in (42, 61)]
    assert long_first(grid) == [grid[2], grid[3], grid[0], grid[1]]


def test_all_attempts_of_a_run_count(tiny_roots):
    spec = sized(hidden=2, seed=42)
    record(spec, 10, outcome="interrupted")
    record(spec, 15)
    assert expected_seconds([sized(hidden=2, seed=61)]) == {sized(hidden=2, seed=61).id: 25}


def test_of_a_run_that_was_killed_on_its_way_the_epochs_before_count_too(tiny_roots):
    """The last attempt had ten seconds to go; the result knows of all epochs."""
    spec = sized(hidden=2, seed=42)
    start(spec, time=1_000_000.0)
    start(spec, attempt=2, time=1_003_600.0, left=1_000_200.0)
    end(spec, "finished", attempt=2, seconds=10)
    leave_result(spec, seconds={"train": 90.0, "evaluate": 10.0})
    other = sized(hidden=2, seed=61)
    assert expected_seconds([other]) == pytest.approx({other.id: 100})
