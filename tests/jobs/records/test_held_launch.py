"""A launch and its runs as commit 4e87bad wrote them are read by status, logs, retry and tables of today."""

import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.made_launches import Squeue
from support.roots import set_roots

import analysis.__main__
import jobs.commands.logs
import jobs.commands.retry
import jobs.commands.status
import jobs.commands.usage

HELD = Path(__file__).parents[2] / "support" / "held"
ID = "ts-held/2dot/3dcnn/h2"
SUBMITTED = 1795653441.0  # before its attempts
NAME = "xdomain.ts-held.20261126-003720-97d9"


@pytest.fixture
def held(tmp_path: Path, squeue: Squeue, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The runs root that version left, moved here; its results root is beside it."""
    runs = tmp_path / "runs"
    shutil.copytree(HELD / "runs", runs)
    for file in runs.rglob("*"):
        if file.suffix in (".json", ".jsonl", ".sh", ".out"):
            file.write_text(file.read_text().replace("/scratch/held", str(tmp_path)))
    (submission,) = runs.glob("*/launches/*/submission.json")
    os.utime(submission, (SUBMITTED, SUBMITTED))
    set_roots(monkeypatch, runs=runs, results=tmp_path / "results")
    return runs


def said(command, *words: str) -> str:
    done = CliRunner().invoke(command, list(words))
    assert done.exit_code == 0, done.output
    return done.stdout


def document() -> dict:
    return json.loads(said(jobs.commands.status.main, "--json"))


def test_status_and_usage(held):
    known = document()
    assert [(run["id"], run["state"], run["class"]) for run in known["runs"]] == [
        (f"{ID}/seed42", "finished", None),
        (f"{ID}/seed61", "failed", "bug"),
        (f"{ID}/seed47", "failed", "start"),
    ]
    assert known["runs"][1]["reason"] == "RuntimeError: out of luck (make.py:26)"
    assert [(job["study"], job["step"], job["id"], job["state"]) for job in known["jobs"]] == [
        ("ts-held", "data", "100", "finished")
    ]
    assert known["problems"] == []
    assert said(jobs.commands.usage.main).splitlines()[-1].split()[:3] == ["all", "2", "0"]


def test_what_status_writes_to_a_pipe_is_what_that_version_wrote(held):
    """Byte by byte, but for the job that made the data, which that version did not show."""
    text = said(jobs.commands.status.main)
    data = "\nstudy    step  job  state\nts-held  data  100  finished\n"
    assert data in text
    assert text.replace(data, "") == (HELD / "status.txt").read_text()


def test_its_jobs_in_the_queue_are_known(held, squeue):
    squeue.say(f"101_2|PENDING|N/A|Priority|{NAME}.0")
    assert [run["state"] for run in document()["runs"]] == ["finished", "failed", "queued"]


def test_a_follow_up_job_of_its_batch_script_is_known(held, squeue):
    """That version's script left a copy of itself and of the task's pickle under the new id."""
    (logs,) = held.glob("ts-held/launches/*/logs")
    shutil.copy(logs / "101_submission.sh", logs / "130_submission.sh")
    (logs / "130_2_submitted.pkl").touch()
    squeue.say(f"130_2|PENDING|N/A|Priority|{NAME}.0")
    assert [run["state"] for run in document()["runs"]] == ["finished", "failed", "queued"]


def test_logs(held):
    assert "epoch 2/2  train loss 0.3664" in said(jobs.commands.logs.main, f"{ID}/seed42")


def test_retry_launches_what_has_no_result(held):
    text = said(jobs.commands.retry.main, "--dry-run", "--cluster", "local")
    assert "bug: 1 run (" in text
    assert "start: 1 run (" in text
    assert "2 runs (1 failed, 1 new), 2 to launch" in text


def test_the_tables_are_those_that_it_made(held):
    said(analysis.__main__.main, "tables", "--study", "ts-held")
    for file in (HELD / "tables").iterdir():
        made = held.parent / "results" / "ts-held" / "tables" / file.name
        assert made.read_text() == file.read_text()
