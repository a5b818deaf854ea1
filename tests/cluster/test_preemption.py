"""What becomes of a run whose job is taken away: preempted, with and without a grace, out of time, without Slurm."""

from __future__ import annotations

import json
import os
import shlex
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.cluster.batch import setup, teardown
from jobs.cluster.profile import Profile

from .slurm_host import SlurmHost
from .slurm_processes import processes_of
from .test_launch import Lab
from .test_operating import at_work, run_id, state

LONG = ["--set", "max_epochs=200", "--set", "patience=200"]  # time enough to take its job away
pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def patient(slurm: SlurmHost) -> Iterator[SlurmHost]:  # slurm: skips where there is none
    """Two nodes, and Slurm's own half minute between SIGTERM and SIGKILL."""
    with SlurmHost(nodes=2, kill_wait_s=30) as host:
        yield host


@pytest.fixture
def lab(patient: SlurmHost, tmp_path: Path, tiny_data: Path) -> Iterator[Lab]:
    lab = Lab(patient, tmp_path, tiny_data)
    lab.write_profile(partition="low")
    yield lab
    patient.run("scancel", "--me")
    patient.wait_idle()


def begin(lab: Lab) -> str:
    """Launch one run and wait until it is at work; its job."""
    lab.launch("--model", "3dcnn", "--seed", "42", *LONG)
    at_work(lab, 42)
    (job,) = lab.host.run("squeue", "--me", "--noheader", "--format=%A").split()
    return job


def pid(lab: Lab) -> int:
    lines = (lab.folder(42) / "attempts.jsonl").read_text().splitlines()
    return [event["pid"] for event in map(json.loads, lines) if event["event"] == "start"][-1]


def marks(lab: Lab) -> list[Path]:
    return list(lab.runs.glob("*/launches/*/logs/requeue.*"))


def continued(lab: Lab) -> bool:
    return any("Continuing after epoch" in log.read_text() for log in lab.runs.glob("*/launches/*/logs/*_log.out"))


@pytest.mark.parametrize("grace", [0, 5, pytest.param(60, marks=pytest.mark.slow)])
def test_a_preempted_run_goes_on_when_the_nodes_are_free_again(lab: Lab, grace: int) -> None:
    lab.host.run("scontrol", "update", "PartitionName=low", f"GraceTime={grace}")
    job = begin(lab)
    lab.host.run("sbatch", "--partition=high", "--nodes=2", "--exclusive", "--output=/dev/null", "--wrap=sleep 1")
    lab.wait(lambda: lab.events(42).count("start") == 2)
    assert lab.host.job(job)["Restarts"] == "1"
    lab.wait(lambda: lab.finished([42]))
    assert lab.events(42) == ["start", "end", "start", "end"]
    assert continued(lab)
    assert not marks(lab)


def test_a_cancelled_run_that_leaves_in_time_does_not_come_back(lab: Lab) -> None:
    job = begin(lab)
    lab.host.run("scancel", job)
    lab.wait(lambda: not lab.host.run("squeue", "--me", "--noheader"))
    assert lab.events(42) == ["start", "end"]
    assert state(lab, 42)[:2] == ("interrupted", "stopped")
    assert not marks(lab)


# Warned, it asks for another start; it leaves only after Slurm has ended its job. The second start has nothing to do.
LATE = """\
[ "${SLURM_RESTART_COUNT:-0}" = 0 ] || exit 0
trap "touch $xdomain_mark" USR2
trap "sleep 1; exit 75" TERM
while :; do sleep 0.2; done
"""


def test_a_task_that_leaves_only_after_its_time_limit_is_started_again(patient: SlurmHost, tmp_path: Path) -> None:
    """Its epoch was longer than the warning."""
    task = f"export xdomain_mark; srun bash -c {shlex.quote(LATE)}"
    lines = ["#!/bin/bash", *setup(Profile(), tmp_path), task, *teardown(tmp_path)]
    (tmp_path / "script.sh").write_text("\n".join(lines))
    words = ["--time=1", "--signal=USR2@30", f"--output={tmp_path}/log", "--open-mode=append"]
    job = patient.run("sbatch", "--parsable", *words, tmp_path / "script.sh")
    patient.wait_job(job, "COMPLETED", timeout=240)
    assert patient.job(job)["Restarts"] == "1"
    assert "DUE TO TIME LIMIT" in (tmp_path / "log").read_text()
    assert not list(tmp_path.glob("requeue.*"))


def test_a_controller_that_is_away_loses_no_run(lab: Lab) -> None:
    begin(lab)
    lab.host.stop_controller()
    try:
        os.kill(pid(lab), signal.SIGUSR2)
        lab.wait(lambda: lab.events(42)[-1] == "requeue")
        time.sleep(3)  # long enough for a first try, which fails
        assert marks(lab)
    finally:
        lab.host.start_controller()
    lab.wait(lambda: lab.events(42).count("start") == 2)
    lab.wait(lambda: continued(lab))
    assert not marks(lab)


def test_a_stranded_run_is_named_and_taken_up(lab: Lab) -> None:
    """The node's batch script dies before the controller is back."""
    begin(lab)
    lab.host.stop_controller()
    try:
        os.kill(pid(lab), signal.SIGUSR2)
        lab.wait(lambda: bool(marks(lab)))
        for process in processes_of(lab.host.folder):
            if b"slurm_script" in Path(f"/proc/{process}/cmdline").read_bytes():
                os.kill(process, signal.SIGKILL)
    finally:
        lab.host.start_controller()
    lab.wait(lambda: not lab.host.run("squeue", "--me", "--noheader"))
    assert state(lab, 42)[:2] == ("interrupted", "stranded")
    assert f"{run_id(42)}" in lab.command("jobs.retry", "--stranded", "--dry-run").stdout
    done = lab.command("jobs.retry", "--stranded", "--cluster", "slurm")
    assert "Submitted 1 run " in done.stdout, done.stderr
    assert lab.command("jobs.retry", "--stranded", "--cluster", "slurm").stdout == "Nothing to retry.\n"
    lab.wait(lambda: lab.finished([42]))
    assert continued(lab)
