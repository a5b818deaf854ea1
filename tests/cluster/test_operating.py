"""Status, logs, cancel and retry against a real Slurm: nodes die, limits pass, jobs are cancelled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .drill import TOP
from .slurm_host import SlurmHost
from .slurm_processes import processes_of
from .test_launch import LONG, SHORT, Lab, lab

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]
__all__ = ["lab"]  # the fixture


def run_id(seed: int) -> str:
    return f"ts-lab/2dot/3dcnn/h2/seed{seed}"


def state(lab: Lab, seed: int, fresh: bool = True) -> tuple[str, str | None, str]:
    """What status says of a run: its state, class and reason."""
    if fresh:  # as if a minute had passed
        for memory in lab.runs.glob(".queue-*.json"):
            memory.write_text(json.dumps(json.loads(memory.read_text()) | {"asked": 0}))
    done = lab.command("jobs.status", "--json")
    assert done.returncode == 0, done.stderr
    (found,) = [run for run in json.loads(done.stdout)["runs"] if run["id"] == run_id(seed)]
    return found["state"], found["class"], found["reason"]


def at_work(lab: Lab, *seeds: int) -> None:
    """Wait until these runs have finished an epoch."""
    lab.wait(lambda: all((lab.folder(seed) / "metrics.csv").exists() for seed in seeds))


def queue_of(host: SlurmHost) -> list[str]:
    return host.run("squeue", "--me", "--noheader", "--array", "--format=%i").split()


def test_cancelled_runs_stay_cancelled_and_retry_carries_them_to_their_end(lab: Lab) -> None:
    lab.write_profile(throttle=1)
    lab.launch("--model", "3dcnn", "--seed", "42,61,47", "--set", "max_epochs=40", "--set", "patience=40")
    at_work(lab, 42)
    assert state(lab, 42)[0] == "running"
    assert state(lab, 61)[:2] == ("queued", None)
    assert "waits in the queue" in lab.command("jobs.logs", run_id(61)).stderr

    done = lab.command("jobs.cancel", "*/seed42", "*/seed61", "--yes")
    assert done.returncode == 0, done.stderr
    assert "Cancelled 2 runs." in done.stdout
    lab.wait(lambda: state(lab, 42)[1] == "stopped")
    assert state(lab, 61)[1] == "stopped"
    assert lab.command("jobs.cancel", "*/seed42", "*/seed61", "--yes").returncode == 1
    lab.wait(lambda: lab.finished([47]))
    lab.wait(lambda: not queue_of(lab.host))  # nothing that was cancelled came back
    assert lab.events(42).count("start") == 1
    assert not lab.finished([42])

    done = lab.command("jobs.retry", "--class", "stopped", "--cluster", "slurm")
    assert done.returncode == 0, done.stderr
    assert "Submitted 2 runs" in done.stdout
    assert state(lab, 42, fresh=False)[0] in ("queued", "running")  # a launch is not overlooked for a minute
    follow = subprocess.run(
        [sys.executable, "-m", "jobs.logs", "-f", run_id(42)],
        env=lab.env,
        cwd=TOP,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert follow.stderr.endswith(f"{run_id(42)} is finished\n")
    assert "Continuing after epoch" in follow.stdout
    assert "epoch 40/40" in follow.stdout
    lab.wait(lambda: lab.finished([42, 61]))
    assert lab.command("jobs.retry").stdout == "Nothing to retry.\n"


def test_a_dead_node_and_a_passed_time_limit_are_told_apart(lab: Lab) -> None:
    # A limit that no start-up reaches, on however busy a machine: near its limit a run stops by itself, and goes on.
    launched = time.monotonic()
    lab.launch("--model", "3dcnn", "--seed", "42,61", *LONG)
    at_work(lab, 42, 61)
    # The one comes to no epoch's end before its time is over: Slurm wakes it first, so it has to be stopped anew. The
    # other loses its node, with nobody to start it again.
    (start,) = [json.loads(line) for line in (lab.folder(42) / "attempts.jsonl").read_text().splitlines()]
    subprocess.Popen(["sh", "-c", f"while kill -STOP {start['pid']}; do sleep 0.01; done 2> /dev/null"])
    lab.host.run("scontrol", "update", f"JobId={start['job']}", "TimeLimit=1")
    second = json.loads((lab.folder(61) / "attempts.jsonl").read_text().splitlines()[-1])["job"]
    lab.host.run("scontrol", "update", f"JobId={second}", "Requeue=0")
    node = lab.host.job(second)["NodeList"]
    lab.host.kill_node(node)
    try:
        lab.wait(lambda: state(lab, 61)[:2] == ("interrupted", "node"))
        lab.wait(lambda: state(lab, 42)[:2] == ("interrupted", "timeout"))
    finally:
        lab.host.start_node(node)
    most = 2 * (time.monotonic() - launched) / 3600
    text = lab.command("jobs.status").stdout
    assert f"{run_id(61)}: attempt 1 on " in text
    assert "it reached its time limit" in text
    assert "DUE TO TIME LIMIT" in lab.command("jobs.logs", run_id(42)).stdout
    costs = json.loads(lab.command("jobs.status", "--json").stdout)["usage"][0]
    assert (costs["attempts"], costs["killed"]) == (2, 2)
    assert 0 < costs["useful_gpu_hours"] < costs["gpu_hours"] < most
    dry = lab.command("jobs.retry", "--class", "node", "--dry-run").stdout
    assert run_id(61) in dry
    assert run_id(42) not in dry


def test_a_packed_run_that_dies_has_failed_while_its_siblings_go_on(lab: Lab) -> None:
    lab.write_profile(pack=2, memory="2G")
    lab.launch("--model", "3dcnn", "--seed", "42,61", *LONG)
    at_work(lab, 42, 61)
    (start,) = [json.loads(line) for line in (lab.folder(42) / "attempts.jsonl").read_text().splitlines()]
    os.kill(start["pid"], signal.SIGKILL)
    lab.wait(lambda: state(lab, 42)[0] == "interrupted")
    assert state(lab, 61)[0] == "running"
    assert lab.command("jobs.logs", run_id(42)).stdout.startswith(f"{run_id(42)} (run 0 of ")
    done = lab.command("jobs.cancel", "*/seed61", "--yes")
    assert "Cancelled 1 run." in done.stdout, done.stderr


def test_a_killed_rank_is_named_and_not_what_the_other_died_of(lab: Lab) -> None:
    lab.write_profile(gpus=0)
    lab.launch("--model", "3dcnn", "--seed", "42", *LONG, "--set", "ranks=2")
    at_work(lab, 42)
    (second,) = [pid for pid in processes_of(lab.host.folder) if is_rank(pid, 1)]
    os.kill(second, signal.SIGKILL)
    lab.wait(lambda: not queue_of(lab.host))
    assert state(lab, 42)[1] == "killed", lab.command("jobs.logs", run_id(42)).stdout


def is_rank(pid: int, rank: int) -> bool:
    """Whether this process is the one that trains as `rank`, which carries the rank in its environment."""
    process = Path(f"/proc/{pid}")
    try:
        variables = (process / "environ").read_bytes().split(b"\0")
        words = (process / "cmdline").read_bytes()
    except OSError:
        return False
    return f"SLURM_PROCID={rank}".encode() in variables and b"submitit.core._submit" in words


def test_a_packed_run_is_not_cancelled_with_others_by_accident(lab: Lab) -> None:
    lab.write_profile(pack=2, memory="2G")
    lab.launch("--model", "3dcnn", "--seed", "42,61", *LONG)
    done = lab.command("jobs.cancel", "*/seed42")
    assert done.returncode == 1
    assert f"with {run_id(61)}: --yes cancels all of it" in done.stderr
    assert len(queue_of(lab.host)) == 1
    assert lab.command("jobs.cancel", "*/seed42", "--yes").returncode == 0
    lab.wait(lambda: not queue_of(lab.host))


def test_a_job_that_cannot_start_its_run_says_why(lab: Lab) -> None:
    lab.write_profile(modules=["no-such-module"])
    lab.launch("--model", "3dcnn", "--seed", "42", *SHORT)
    lab.wait(lambda: not queue_of(lab.host))
    lab.wait(lambda: state(lab, 42)[:2] == ("failed", "start"))
    assert "module" in state(lab, 42)[2]
    assert "module" in lab.command("jobs.logs", run_id(42)).stdout


def test_without_munge_status_explains_and_cancel_touches_nothing(lab: Lab) -> None:
    lab.launch("--model", "3dcnn", "--seed", "42", *LONG)
    assert state(lab, 42)[0] in ("queued", "running")
    lab.host.stop_munge()
    try:
        state(lab, 42)
        done = lab.command("jobs.status")
        assert done.returncode == 0
        assert "Slurm does not answer" in done.stdout
        done = lab.command("jobs.cancel", "*", "--yes")
        assert done.returncode == 1
        assert "Until it does" in done.stderr
    finally:
        lab.host.start_munge()
    assert lab.command("jobs.cancel", "*", "--yes").returncode == 0
