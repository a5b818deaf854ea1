"""A run whose scores are no numbers: what status, retry and the launcher make of it."""

import json

import pytest
from click.testing import CliRunner
from support.made_launches import end, leave_result, start
from support.tiny_runs import tiny

import jobs.commands.retry
import jobs.commands.status
from jobs.monitor.usage import usage_of
from jobs.records.manifest import write_manifest
from jobs.state.state import DONE, state_of
from xdomain.runs.run_folder import RunFolder

SPEC, OTHER = tiny(seed=42), tiny(seed=61)
SENTENCE = "scores are NaN or infinite on 5dot (clip 3 and 1 more), mnist (clip 0)"


@pytest.fixture
def ended(tiny_roots) -> None:
    """One run with scores that are no numbers on two sets, and one that finished."""
    write_manifest([SPEC, OTHER], None)
    for spec, outcome in ((SPEC, "nonfinite"), (OTHER, "finished")):
        start(spec)
        end(spec, outcome, seconds=10.0)
    found = [{"set": "5dot", "clip": 3, "clips": 2}, {"set": "mnist", "clip": 0, "clips": 1}]
    leave_result(SPEC, status="nonfinite", nonfinite=found, seconds={"train": 6.0, "evaluate": 1.5})
    leave_result(OTHER, seconds={"train": 6.0})


def test_it_is_a_result_of_its_own(ended):
    state = state_of(SPEC)
    assert (state.state, state.reason) == ("nonfinite", SENTENCE)
    assert state.state in DONE


def test_status_counts_it_and_says_where(ended):
    done = CliRunner().invoke(jobs.commands.status.main, [])
    assert done.exit_code == 0, done.output
    head, row = done.stdout.splitlines()[:2]
    assert head.split()[3:] == ["finished", "nonfinite", "runs"]
    assert row.split()[-3:] == ["1", "1", "2"]
    assert f"nonfinite   nonfinite {SPEC.id}: {SENTENCE}" in done.stdout
    document = json.loads(CliRunner().invoke(jobs.commands.status.main, ["--json"]).stdout)
    runs = {run["id"]: run for run in document["runs"]}
    assert (runs[SPEC.id]["state"], runs[SPEC.id]["reason"]) == ("nonfinite", SENTENCE)


def test_retry_leaves_a_result_alone(ended):
    done = CliRunner().invoke(jobs.commands.retry.main, ["--cluster", "local", "--dry-run"])
    assert (done.exit_code, done.stdout) == (0, "Nothing to retry.\n")
    assert CliRunner().invoke(jobs.commands.retry.main, ["--class", "nonfinite"]).exit_code == 2


def test_without_its_result_file_it_is_to_do_again(ended):
    RunFolder.of(SPEC).result_file.unlink()
    assert state_of(SPEC).state == "interrupted"
    done = CliRunner().invoke(jobs.commands.retry.main, ["--cluster", "local", "--dry-run"])
    assert SPEC.id in done.stdout


def test_its_hours_were_useful(ended):
    assert usage_of(RunFolder.of(SPEC)).useful_hours == pytest.approx(7.5 / 3600)
