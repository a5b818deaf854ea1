"""`python -m jobs.status` on launches and run folders made by hand."""

import json
import os
import shutil

import pytest
from support.made_launches import leave_result as leave
from support.tiny_runs import tiny

from jobs.records.manifest import write_manifest
from xdomain.runs.run_folder import RunFolder


@pytest.fixture
def launched(tiny_roots, monkeypatch) -> None:
    """One ConvLSTM of three has finished, one failed; a 3D CNN has diverged; another study has one new run."""
    # This host may have a Slurm of its own; what its queue says is another test's matter.
    monkeypatch.setenv("PATH", os.path.dirname(shutil.which("git") or "/bin/sh") + "-none")
    lstms, cnn = [tiny("convlstm", seed=seed) for seed in (42, 61, 47)], tiny("3dcnn")
    write_manifest([*lstms, cnn], None)
    write_manifest(lstms[:1], None)  # launched once more
    write_manifest([tiny("3dcnn", tag="other")], None)
    leave(lstms[0], status="finished")
    leave(cnn, status="diverged", diverged_in_epoch=4)
    failed = RunFolder.of(lstms[1])
    failed.path.mkdir(parents=True)
    failed.record_attempt(event="end", attempt=1, outcome="failed", reason="RuntimeError: out of luck", seconds=1.0)


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_a_row_per_study_source_and_model_and_a_column_per_state(launched, status):
    done = status()
    assert done.exit_code == 0, done.output
    table = rows(done.stdout)
    assert table[0] == ["study", "source", "model", "finished", "diverged", "failed", "new", "runs"]
    assert ["ts-tiny", "2dot", "ConvLSTM", "1", "1", "1", "3"] in table
    assert ["ts-tiny", "2dot", "3D", "CNN", "1", "1"] in table
    assert ["ts-other", "2dot", "3D", "CNN", "1", "1"] in table
    assert ["all", "1", "1", "1", "2", "5"] in table


def test_columns_line_up(launched, status):
    lines = status().stdout.splitlines()[:5]
    assert len({len(line) for line in lines}) == 1


def test_what_went_wrong_has_its_reason(launched, status):
    text = status().stdout
    assert f"{tiny('convlstm', seed=61).id}: RuntimeError: out of luck" in text
    assert f"{tiny('3dcnn').id}: the loss was not finite in epoch 4" in text


def test_one_study_only(launched, status):
    assert "ts-tiny" not in status("--study", "ts-other").stdout
    missing = status("--study", "ts-none")
    assert missing.exit_code == 2
    assert missing.stderr.startswith("Error: No launch of ts-none below")


def test_the_machine_readable_document(launched, status):
    document = json.loads(status("--json").stdout)
    states = {run["id"]: run["state"] for run in document["runs"]}
    assert len(document["runs"]) == len(states) == 5
    assert states[tiny("convlstm", seed=61).id] == "failed"


def test_nothing_launched_yet_is_a_sentence(tiny_roots, status):
    done = status()
    assert done.exit_code == 2
    assert "python -m jobs.launch" in done.stderr
    assert not tiny_roots.exists()


def test_one_truncated_result_does_not_hide_the_other_runs(launched, status):
    """The table of 400 runs is most wanted when something is broken."""
    RunFolder.of(tiny("convlstm", seed=42)).result_file.write_text('{"form')
    done = status()
    assert "ConvLSTM" in done.stdout
    assert "result.json" in done.output
