"""Status and usage as CSV, read back as a spreadsheet would."""

import csv
import io

import pytest
from click.testing import CliRunner
from support.made_launches import end, leave_result, start
from support.tiny_runs import tiny

import jobs.commands.usage
from jobs.records.manifest import write_manifest


@pytest.fixture(autouse=True)
def launched(tiny_roots, monkeypatch) -> None:
    """A run of two attempts has finished, one failed with a sentence of commas and quotes, one is new."""
    monkeypatch.setenv("PATH", "/nowhere")
    specs = [tiny("convlstm"), tiny("convlstm", seed=61), tiny()]
    write_manifest(specs, None)
    start(specs[0], gpus=2.0)
    end(specs[0], "failed", "RuntimeError: x", seconds=1800)
    start(specs[0], attempt=2, gpus=2.0)
    end(specs[0], "finished", attempt=2, seconds=3600)
    leave_result(specs[0], seconds={"train": 2000, "evaluate": 700})
    start(specs[1], gpus=0.0)
    end(specs[1], "failed", 'ValueError: a, b and "c"', seconds=360)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_line_for_each_run(status):
    done = status("--csv")
    assert done.exit_code == 0, done.output
    first, second, third = rows(done.stdout)
    assert first == {
        "id": tiny("convlstm").id,
        "study": "ts-tiny",
        "source": "2dot",
        "model": "convlstm",
        "hidden": "2",
        "seed": "42",
        "state": "finished",
        "class": "",
        "reason": "",
        "attempts": "2",
        "killed": "0",
        "hours": "1.5",
        "useful_hours": "0.75",
        "gpu_hours": "3.0",
        "useful_gpu_hours": "1.5",
    }
    assert (second["state"], second["class"]) == ("failed", "bug")
    assert second["reason"] == 'ValueError: a, b and "c"'
    assert (third["state"], third["attempts"]) == ("new", "0")


def test_a_line_for_each_study_and_model():
    done = CliRunner().invoke(jobs.commands.usage.main, ["--csv"])
    assert done.exit_code == 0, done.output
    lstm, cnn = rows(done.stdout)
    assert (lstm["study"], lstm["model"], lstm["attempts"], lstm["hours"]) == ("ts-tiny", "convlstm", "3", "1.6")
    assert (cnn["model"], cnn["attempts"], cnn["gpu_hours"]) == ("3dcnn", "0", "0.0")


def test_a_table_is_not_watched(status):
    assert status("--csv", "--watch").exit_code == 2
