"""`jobs.status --watch` into a file, the costs that status shows, and how long 400 runs take."""

import os
import subprocess
import sys
import time

import pytest
from support.made_launches import end, leave_result, start
from support.tiny_runs import tiny, wait_until

from jobs.records.manifest import write_manifest
from xdomain.runs.run_folder import RunFolder
from xdomain.studies import temporal_shape


@pytest.fixture(autouse=True)
def no_slurm(tiny_roots, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    return tiny_roots


def test_a_watch_into_a_file_tells_of_changes_only_and_ends_with_the_last_run(tmp_path):
    spec = tiny()
    write_manifest([spec], None)
    output = tmp_path / "watch.txt"
    code = "import jobs.status; jobs.commands.status.REDRAW = 0.05; jobs.commands.status.main()"
    with output.open("w") as file:
        watch = subprocess.Popen([sys.executable, "-uc", code, "--watch"], stdout=file)
    try:
        wait_until(lambda: "new" in output.read_text())
        time.sleep(0.5)  # ten more looks
        assert output.read_text().count("study") == 1
        start(spec)
        end(spec, "failed", "RuntimeError: out of luck")
        assert watch.wait() == 0
    finally:
        watch.kill()
    assert output.read_text().count("RuntimeError: out of luck") == 1
    assert "\x1b" not in output.read_text()


def test_a_watch_of_what_is_over_looks_once(status):
    write_manifest([tiny()], None)
    leave_result(tiny())
    assert status("--watch").stdout.count("finished") == 1


def test_the_costs_of_every_attempt_are_below_the_states(status):
    spec = tiny("convlstm")
    write_manifest([spec, tiny()], None)
    start(spec, gpus=2.0)
    end(spec, "failed", "RuntimeError: x", seconds=1800)
    start(spec, attempt=2, gpus=2.0)
    end(spec, "finished", attempt=2, seconds=3600)
    leave_result(spec, seconds={"train": 2000, "evaluate": 700})
    table = [line.split() for line in status().stdout.splitlines()]
    assert ["ts-tiny", "ConvLSTM", "2", "0", "3.00", "1.50", "1.50", "(50%)"] in table
    assert ["ts-tiny", "3D", "CNN", "0", "0", "0.000", "0.000", "0.000"] in table
    assert ["study", "model", "attempts", "killed", "GPU-hours", "useful", "overhead", "and", "lost"] in table


def test_a_machine_without_gpus_counts_hours(status):
    write_manifest([tiny()], None)
    start(tiny(), gpus=0)
    end(tiny(), "failed", "RuntimeError: x", seconds=1800)
    table = [line.split() for line in status().stdout.splitlines()]
    assert ["study", "model", "attempts", "killed", "hours", "useful", "overhead", "and", "lost"] in table
    assert ["all", "1", "0", "0.500", "0.000", "0.500", "(100%)"] in table


def test_status_and_a_launch_of_400_finished_runs(tmp_path):
    """Both as programs; how many files they ask for is in test_finished_runs.py, how long it takes in benchmarks/."""
    grid = temporal_shape.grid()
    write_manifest(grid, None)
    for spec in grid:
        RunFolder.of(spec).path.mkdir(parents=True)
        RunFolder.of(spec).write_spec(spec)
        start(spec)
        end(spec, "finished", seconds=900)
        leave_result(spec, seconds={"train": 800, "evaluate": 50}, accuracy={"validation": 0.9, "2dot": 0.9})
    for command, expected in (
        (["jobs.status"], "400   400"),
        (["jobs.launch", "ts-grid", "--cluster", "local"], "400 finished), 0 to launch"),
    ):
        out = subprocess.check_output([sys.executable, "-m", *command], text=True, env=dict(os.environ))
        assert expected in out
