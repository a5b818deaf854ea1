"""A record of attempts that nobody can read is named, and hides no other run: not in the queue, nor in the costs."""

import json

import pytest
from click.testing import CliRunner, Result
from support.made_launches import end, leave_result, start, submitted
from support.tiny_runs import tiny

import jobs.commands.cancel
import jobs.commands.logs
import jobs.commands.retry
import jobs.commands.status
import jobs.commands.usage
from jobs.launching.estimates.durations import expected_seconds
from jobs.records.manifest import write_manifest
from xdomain.runs.run_folder import RunFolder

FINISHED, FAILED, QUEUED, TIMED = (tiny(seed=seed) for seed in (42, 61, 47, 53))


@pytest.fixture(autouse=True)
def launched(squeue) -> None:
    """Four runs of one launch: records of a finished one and of one in the queue have a line of another program's."""
    _, name = submitted([FINISHED, FAILED, QUEUED, TIMED])
    for spec in (FINISHED, FAILED, QUEUED, TIMED):
        start(spec)
    for spec in (FINISHED, TIMED):
        end(spec, "finished", seconds=7200)
        leave_result(spec)
    end(FAILED, "failed", "RuntimeError: out of luck", seconds=3600)
    for spec in (FINISHED, QUEUED):
        with RunFolder.of(spec).attempts_file.open("a") as file:
            file.write('{"event": "end"}\n')
    squeue.say(f"100_2|RUNNING|N/A|None|{name}")


def given(command, *words: str) -> Result:
    done = CliRunner().invoke(command, list(words))
    assert done.exit_code == 0, done.output
    return done


def test_status_names_both_and_shows_the_others():
    document = json.loads(given(jobs.commands.status.main, "--json").stdout)
    states = {run["id"]: (run["state"], run["class"]) for run in document["runs"]}
    assert states == {
        FINISHED.id: ("finished", None),
        FAILED.id: ("failed", "bug"),
        QUEUED.id: ("failed", "data"),
        TIMED.id: ("finished", None),
    }
    (problem,) = document["problems"]
    assert f"{FINISHED.id}/attempts.jsonl, line 3," in problem
    assert document["problems"] == json.loads(given(jobs.commands.status.main, "--json").stdout)["problems"]
    assert given(jobs.commands.status.main, "--csv").stdout.count("\n") == 5


def test_usage_sums_the_others():
    done = given(jobs.commands.usage.main)
    assert done.stderr.count("attempts.jsonl, line") == 2
    assert done.stdout.splitlines()[-1].split()[:4] == ["all", "2", "0", "3.00"]


def test_a_launch_that_cannot_be_read_hides_neither_logs_nor_costs_of_the_others(tmp_path):
    damaged = write_manifest([tiny(seed=7)], None).path
    damaged.write_text("{")
    log = tmp_path / "the.log"
    log.write_text("words\n")
    start(FAILED, attempt=2, log=str(log))
    for done in (given(jobs.commands.logs.main, FAILED.id), given(jobs.commands.usage.main)):
        assert str(damaged) in done.stderr
    assert given(jobs.commands.logs.main, FAILED.id).stdout == "words\n"
    for launch in damaged.parents[1].glob("*/manifest.json"):
        launch.write_text("{")
    refused = CliRunner().invoke(jobs.commands.logs.main, [FAILED.id])
    assert refused.exit_code == 2
    assert "is not valid JSON" in refused.stderr


def test_retry_takes_up_the_others():
    assert "1 to launch" in given(jobs.commands.retry.main, "--class", "bug", "--dry-run", "--cluster", "local").stdout


def test_estimates_go_by_the_others():
    assert expected_seconds([QUEUED]) == {QUEUED.id: 7200}
