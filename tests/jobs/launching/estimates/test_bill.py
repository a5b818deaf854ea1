"""--estimate: hours, wall time, disk and files, by earlier runs of the same model and size."""

import dataclasses
import json

import pytest
from click.testing import CliRunner
from support.made_launches import end, leave_result, start
from support.tiny_runs import AS_OPTIONS, tiny

import jobs.commands.launch
from jobs.launching.estimates.bill import bill
from xdomain.specs.spec import ModelSpec


def sized(hidden: int, seed: int):
    return dataclasses.replace(tiny(seed=seed), model=ModelSpec("3dcnn", hidden))


@pytest.fixture
def records(tiny_roots):
    """A run of two units took an hour, one of four three; each left 1,000 bytes beside its records."""
    for hidden, hours in ((2, 1), (4, 3)):
        spec = sized(hidden, 42)
        folder = start(spec)
        end(spec, "finished", seconds=3600 * hours)
        leave_result(spec)
        (folder.path / "weights").write_bytes(b"x" * 1000)
    return tiny_roots


def test_hours_are_the_sum_and_wall_time_is_that_of_the_longest_first(records):
    runs = [sized(2, 61), sized(2, 47), sized(2, 53), sized(4, 61)]
    cost = bill(runs, at_a_time=2, gpus=0.5)
    assert (cost.recorded, cost.hours, cost.gpu_hours) == (4, 6.0, 3.0)
    assert cost.wall_hours == 3.0  # three short ones beside the long one
    assert cost.files == 4 * 3
    assert 4 * 1000 < cost.megabytes * 1e6 < 4 * 3000


def test_what_has_no_record_is_named_and_in_no_sum(records):
    cost = bill([sized(2, 61), sized(8, 61), sized(8, 47)], at_a_time=1, gpus=0)
    assert (cost.runs, cost.recorded, cost.unrecorded, cost.hours) == (3, 1, ("3dcnn h8",), 1.0)
    assert "no estimate for 2 runs, since none has finished of 3dcnn h8" in cost.sentence()


def estimate(*words: str):
    grid = ["ts-grid", "--cluster", "local", "--source", "2dot", "--model", "3dcnn", "--tag", "tiny", *AS_OPTIONS]
    return CliRunner().invoke(jobs.commands.launch.main, [*grid, "--estimate", *words])


def test_the_command_launches_nothing(records):
    done = estimate("--hidden", "2", "--seed", "61,47", "--max-parallel", "2")
    assert done.exit_code == 0, done.output
    assert "2 to launch." in done.stdout
    assert (
        "estimate for 2 of 2 runs, by earlier ones of the same study, model and size: about 2.0 hours of runs"
        in done.stdout
    )
    assert "about 1.0 hours with 2 at a time" in done.stdout
    assert not list(records.glob("*/launches"))


def test_as_json_the_bill_is_part_of_the_plan(records):
    document = json.loads(estimate("--hidden", "2", "--seed", "42,61", "--json").stdout)
    assert document["estimate"]["runs"] == document["to_launch"] == 1
    assert document["estimate"]["hours"] == 1.0
