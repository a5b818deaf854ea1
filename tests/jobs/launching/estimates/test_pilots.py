"""--pilot: what no run has timed is timed in two epochs, and counted with all of its epochs."""

import dataclasses

import pytest
from click.testing import CliRunner
from support.made_launches import end, leave_result, start
from support.tiny_runs import AS_OPTIONS, tiny

import jobs.commands.launch
from jobs.launching.estimates.bill import bill
from jobs.launching.estimates.pilots import pilots_for
from xdomain.specs.spec import ModelSpec

GRID = ["ts-grid", "--source", "2dot", "--model", "3dcnn", "--tag", "tiny", *AS_OPTIONS]


def sized(hidden: int, seed: int, epochs: int = 100):
    spec = dataclasses.replace(tiny(seed=seed), model=ModelSpec("3dcnn", hidden))
    return spec.with_train(max_epochs=epochs)


def leave_pilot(spec, total: float, *epochs: float, device: str = "CPU") -> None:
    """A pilot that took `total` seconds, of which these were its epochs."""
    (pilot,) = pilots_for([spec], timed=())
    folder = start(pilot, provenance={"device": device})
    rows = [f"{number},0,0,0,0,{seconds}" for number, seconds in enumerate(epochs)]
    folder.metrics_file.write_text("\n".join(["epoch,train_loss,train_acc,val_loss,val_acc,seconds", *rows]) + "\n")
    end(pilot, "finished", seconds=total)
    leave_result(pilot)


def test_a_pilot_of_each_model_and_size_that_has_no_record(tiny_roots):
    runs = [sized(2, 42), sized(2, 61), sized(4, 42), sized(4, 61), sized(8, 42, epochs=1)]
    pilots = pilots_for(runs, timed={runs[2].id, runs[3].id})
    assert [(spec.id, spec.train.max_epochs) for spec in pilots] == [
        ("ts-tiny-pilot/2dot/3dcnn/h2/seed42", 2),
        ("ts-tiny-pilot/2dot/3dcnn/h8/seed42", 1),
    ]
    assert pilots[0].data == runs[0].data  # and so the sets that the runs read


def test_a_pilots_last_epoch_counts_as_often_as_a_run_may_have_epochs(tiny_roots):
    leave_pilot(sized(2, 42), 20.0, 6.0, 4.0)
    cost = bill([sized(2, 61), sized(2, 47)], at_a_time=1, gpus=0)
    assert cost.hours * 3600 == pytest.approx(2 * (10 + 100 * 4))
    assert (cost.recorded, cost.piloted, cost.devices) == (2, 2, ("CPU",))
    assert "2 of them are estimated by a pilot of two epochs" in cost.sentence()


def test_a_real_record_is_taken_in_the_place_of_a_pilots(tiny_roots):
    leave_pilot(sized(2, 42), 20.0, 6.0, 4.0)
    start(sized(2, 53))
    end(sized(2, 53), "finished", seconds=360.0)
    assert bill([sized(2, 61)], at_a_time=1, gpus=0).hours == pytest.approx(0.1)


def test_a_record_of_a_cpu_says_nothing_of_a_gpu(tiny_roots):
    leave_pilot(sized(2, 42), 20.0, 6.0, 4.0)
    leave_pilot(sized(4, 42), 20.0, 6.0, 4.0, device="NVIDIA A100-SXM4-80GB")
    on_gpus = bill([sized(2, 61), sized(4, 61)], at_a_time=1, gpus=1)
    assert on_gpus.unrecorded == ("3dcnn h2",)
    assert on_gpus.devices == ("NVIDIA A100-SXM4-80GB",)
    assert bill([sized(2, 61), sized(4, 61)], at_a_time=1, gpus=0).unrecorded == ("3dcnn h4",)


def test_a_variant_with_other_clips_or_epochs_is_no_record(tiny_roots):
    other = dataclasses.replace(sized(2, 42), variant="other")
    start(other)
    end(other, "finished", seconds=1.0)
    assert bill([sized(2, 61)], at_a_time=1, gpus=0).unrecorded == ("3dcnn h2",)


def test_the_command_trains_pilots_once_and_none_of_the_runs(tiny_roots):
    words = [*GRID, "--hidden", "2", "--seed", "61,47", "--cluster", "debug", "--set", "max_epochs=3", "--pilot"]
    first = CliRunner().invoke(jobs.commands.launch.main, words)
    assert first.exit_code == 0, first.output
    assert "1 pilot of two epochs" in first.stdout
    assert "estimate for 2 of 2 runs" in first.stdout
    assert (tiny_roots / "ts-tiny-pilot/2dot/3dcnn/h2/seed61/result.json").exists()
    assert not list(tiny_roots.glob("ts-tiny/*/*/*/*/spec.json"))
    again = CliRunner().invoke(jobs.commands.launch.main, words)
    assert "pilots" not in again.stdout
    assert "estimate for 2 of 2 runs" in again.stdout


def test_json_and_pilots_are_refused(tiny_roots):
    done = CliRunner().invoke(jobs.commands.launch.main, [*GRID, "--cluster", "debug", "--pilot", "--json"])
    assert done.exit_code == 2
    assert "give --estimate --json afterwards" in done.stderr
