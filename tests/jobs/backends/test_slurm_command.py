"""Slurm's commands are run without a user's own defaults for them."""

import os
import subprocess
from pathlib import Path

import pytest

from jobs.backends.slurm_command import run_slurm


@pytest.fixture
def squeue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a command in the path that prints the variables it is given."""
    (tmp_path / "squeue").write_text("#!/bin/sh\nenv\n")
    (tmp_path / "squeue").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


def test_a_users_defaults_are_taken_out_and_the_rest_stays(squeue: None, monkeypatch: pytest.MonkeyPatch) -> None:
    own = ("SQUEUE_FORMAT", "SBATCH_PARTITION", "SACCT_FEDERATION", "SCANCEL_INTERACTIVE", "SINFO_SORT")
    for name in (*own, "SLURM_CLUSTERS"):
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("SLURM_TIME_FORMAT", "%a")
    monkeypatch.setenv("SLURM_CONF", "/etc/slurm.conf")
    answer = run_slurm(["squeue", "--me"])
    assert answer.returncode == 0
    assert "=mine" not in answer.stdout
    assert {"SLURM_TIME_FORMAT=standard", "SLURM_CONF=/etc/slurm.conf"} <= set(answer.stdout.splitlines())


def test_what_does_not_answer_in_time_and_what_is_not_there_are_told_apart(squeue: None, tmp_path: Path) -> None:
    (tmp_path / "squeue").write_text("#!/bin/sh\nexec sleep 60\n")
    with pytest.raises(subprocess.TimeoutExpired):
        run_slurm(["squeue"], patience=0.2)
    with pytest.raises(FileNotFoundError):
        run_slurm(["squeue-of-nowhere"])
