"""The job that makes the data of a launch's runs: what it makes, what it says, and what becomes of it when warned."""

import os
import shutil
import subprocess
import sys

import pytest
from support.tiny_runs import tiny

from jobs.backends import slurm
from jobs.cluster.profile import Profile
from jobs.records.manifest import write_manifest
from jobs.worker.command import CommandTask

SPEC = tiny()


def made(path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "jobs.worker.data", path, "1"], capture_output=True, text=True)


def test_missing_sets_are_made_and_the_others_checked(tiny_roots, tmp_path, monkeypatch):
    data = tmp_path / "data"
    shutil.copytree(os.environ["XDOMAIN_DATA"], data)
    monkeypatch.setenv("XDOMAIN_DATA", str(data))
    manifest = write_manifest([SPEC], None)
    marker = SPEC.inputs[0].marker(data)
    marker.unlink()
    assert made(str(manifest.path)).returncode == 0
    assert marker.exists()


def test_what_cannot_be_made_is_a_sentence(tiny_roots, tmp_path, monkeypatch):
    monkeypatch.setenv("XDOMAIN_DATA", str(tmp_path / "data"))
    (tmp_path / "data").write_text("a file where a folder should be")
    done = made(str(write_manifest([SPEC], None).path))
    assert done.returncode == 2
    assert "Error: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def tasks(monkeypatch) -> list:
    """What is submitted, instead of being submitted."""
    submitted: list = []
    monkeypatch.setattr(slurm, "submit_tasks", lambda _, tasks: submitted.append(tasks) or "100")
    return submitted


def test_on_slurm_it_asks_for_another_start_when_its_time_is_over(tiny_roots, tasks):
    """Decoding an archive takes longer than a time limit: it goes on from the shards that are there."""
    manifest = write_manifest([SPEC], None)
    slurm.submit(manifest, Profile(max_attempts=7), with_data=True)
    words = ("jobs.worker.data", str(manifest.path), "4")
    assert tasks[0] == [CommandTask(words, {}, str(manifest.logs), max_attempts=7)]
