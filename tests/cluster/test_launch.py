"""The launcher against a real Slurm: arrays, packs, chains, interruptions, several ranks."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.tiny_runs import AS_OPTIONS

from .drill import TOP
from .slurm_host import SlurmHost

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

LONG = ["--set", "max_epochs=400", "--set", "patience=400"]  # half a minute: time enough to interrupt it
SHORT = ["--set", "max_epochs=2"]


class Lab:
    """A user's account on the cluster: roots, a profile, and commands."""

    def __init__(self, host: SlurmHost, folder: Path, data: Path) -> None:
        self.host, self.runs, self.profile = host, folder / "runs", folder / "profile.toml"
        self.env = host.env | {
            "XDOMAIN_DATA": str(data),
            "XDOMAIN_RUNS": str(self.runs),
            "XDOMAIN_RESULTS": str(folder / "results"),
            "XDOMAIN_PROFILE": str(self.profile),
        }
        self.write_profile()

    def write_profile(self, **settings: object) -> None:
        values = {"gpus": 1, "time": "00:10:00", "memory": "1G", "cpus_per_gpu": 1, "signal_seconds": 30} | settings
        self.profile.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items()))

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", *arguments]
        return subprocess.run(command, env=self.env, cwd=TOP, capture_output=True, text=True)

    def launch(self, *options: str) -> str:
        grid = ["--source", "2dot", "--hidden", "2", "--tag", "lab", "--cluster", "slurm", *AS_OPTIONS]
        done = self.command("jobs.launch", "ts-grid", *grid, *options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def folder(self, seed: int, model: str = "3dcnn") -> Path:
        return self.runs / f"ts-lab/2dot/{model}/h2/seed{seed}"

    def events(self, seed: int) -> list[str]:
        file = self.folder(seed) / "attempts.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        return [event["event"] for event in map(json.loads, lines)]

    def finished(self, seeds: list[int], model: str = "3dcnn") -> bool:
        return all((self.folder(seed, model) / "result.json").exists() for seed in seeds)

    def wait(self, what: Callable[[], bool], seconds: float = 240) -> None:
        end = time.monotonic() + seconds
        while not what():
            if time.monotonic() > end:
                logs = "\n".join(p.read_text()[-2000:] for p in self.runs.glob("*/launches/*/logs/*.out"))
                pytest.fail(f"waited in vain\n{self.host.run('squeue')}\n{logs}")
            time.sleep(0.3)


@pytest.fixture
def lab(slurm: SlurmHost, tmp_path: Path, tiny_data: Path) -> Lab:
    lab = Lab(slurm, tmp_path, tiny_data)
    yield lab
    slurm.run("scancel", "--me")
    slurm.wait_idle()


def test_chunks_and_packs_run_everything_once_and_a_second_launch_nothing(lab: Lab) -> None:
    """Five runs, two to an element, one element to an array: three arrays in two lines."""
    lab.write_profile(array_limit=1, throttle=2, pack=2)
    seeds = [42, 61, 47, 53, 57]
    out = lab.launch("--model", "3dcnn", *SHORT)
    assert "Submitted 5 runs as array job" in out
    assert len(json.loads(next(lab.runs.glob("*/launches/*/submission.json")).read_text())["jobs"]) == 3
    assert "5 queued" in lab.launch("--model", "3dcnn", *SHORT)  # in flight: left alone
    lab.wait(lambda: lab.finished(seeds))
    assert "5 finished), 0 to launch" in lab.launch("--model", "3dcnn", *SHORT)
    assert {tuple(lab.events(seed)) for seed in seeds} == {("start", "end")}
    assert len(list(lab.runs.glob("*/launches/*"))) == 1


def test_a_signal_ends_the_epoch_and_the_node_starts_the_run_again(lab: Lab) -> None:
    lab.launch("--model", "3dcnn", "--seed", "42", *LONG)
    lab.wait(lambda: (lab.folder(42) / "metrics.csv").exists())
    (job,) = lab.host.run("squeue", "--me", "--noheader", "--format=%A").split()
    lab.host.run("scancel", "--signal=USR2", job)
    lab.wait(lambda: lab.events(42)[-1] == "start" and lab.events(42).count("start") == 2)
    assert lab.events(42) == ["start", "end", "requeue", "start"]
    assert lab.host.job(job)["Restarts"] == "1"
    log = next(lab.runs.glob("*/launches/*/logs/*.out")).read_text()
    assert "Stopped by SIGUSR2 after epoch" in log
    lab.wait(lambda: "Continuing after epoch" in next(lab.runs.glob("*/launches/*/logs/*.out")).read_text())


def test_a_follow_up_job_takes_over_where_requeueing_is_forbidden(lab: Lab) -> None:
    lab.launch("--model", "3dcnn", "--seed", "42,61", *LONG)
    lab.wait(lambda: (lab.folder(42) / "metrics.csv").exists())
    for element in lab.host.run("squeue", "--me", "--noheader", "--array", "--format=%i").split():
        lab.host.run("scontrol", "update", f"JobId={element}", "Requeue=0")
    before = set(lab.host.run("squeue", "--me", "--noheader", "--format=%A").split())
    lab.host.run("scancel", "--me", "--signal=USR2")
    lab.wait(lambda: lab.events(42).count("start") == 2)
    assert set(lab.host.run("squeue", "--me", "--noheader", "--format=%A").split()) - before
    # The follow-up is known as this run's job: a launch in the meantime starts nothing.
    assert "0 to launch" in lab.launch("--model", "3dcnn", "--seed", "42", *LONG)


def test_attempts_are_capped(lab: Lab) -> None:
    lab.write_profile(max_attempts=1)
    lab.launch("--model", "3dcnn", "--seed", "42", *LONG)
    lab.wait(lambda: (lab.folder(42) / "metrics.csv").exists())
    lab.host.run("scancel", "--me", "--signal=USR2")
    lab.wait(lambda: not lab.host.run("squeue", "--me", "--noheader"))
    assert lab.events(42) == ["start", "end", "gave up"]


def test_a_killed_node_costs_at_most_an_epoch(lab: Lab) -> None:
    lab.launch("--model", "3dcnn", "--seed", "42", *LONG)
    lab.wait(lambda: (lab.folder(42) / "metrics.csv").exists())
    (node,) = lab.host.run("squeue", "--me", "--noheader", "--format=%N").split()
    epochs = len((lab.folder(42) / "metrics.csv").read_text().splitlines()) - 1
    lab.host.kill_node(node)
    lab.host.start_node(node)
    lab.wait(lambda: lab.events(42).count("start") == 2)
    log = next(lab.runs.glob("*/launches/*/logs/*.out"))
    lab.wait(lambda: "Continuing after epoch" in log.read_text())
    resumed = int(log.read_text().split("Continuing after epoch ")[1].split(",")[0])
    assert resumed >= epochs - 1


def test_the_run_stops_in_time_before_its_time_limit(lab: Lab) -> None:
    """One minute, no signal early enough to be needed: the deadline alone ends the attempt, with a checkpoint."""
    lab.write_profile(time="00:01:00", signal_seconds=1)
    lab.launch("--model", "3dcnn", "--seed", "42", "--set", "max_epochs=100000", "--set", "patience=100000")
    lab.wait(lambda: lab.folder(42).exists() and "requeue" in lab.events(42))
    log = next(lab.runs.glob("*/launches/*/logs/*.out")).read_text()
    assert "Stopped by the time limit after epoch" in log
    assert "DUE TO TIME LIMIT" not in log


def test_data_then_runs_then_tables(lab: Lab, tmp_path: Path) -> None:
    """A first job makes the data, the runs wait for it, and the tables for them."""
    lab.env["XDOMAIN_DATA"] = str(tmp_path / "data")
    assert "A first job makes 5 clip sets" in lab.launch("--model", "3dcnn", "--seed", "42,61", *SHORT)
    done = lab.command("jobs.launch", "tables", "--study", "ts-lab")
    assert done.returncode == 0, done.stderr
    table = tmp_path / "results/ts-lab/tables/accuracy-average.csv"
    lab.wait(table.exists)
    assert lab.finished([42, 61])


def test_runs_leave_the_queue_when_their_data_cannot_be_made(lab: Lab, tmp_path: Path) -> None:
    data = tmp_path / "data"
    lab.env["XDOMAIN_DATA"] = str(data)
    (data / "ts").mkdir(parents=True)
    os.symlink("/dev/full", data / "ts" / "not-a-folder")
    lab.launch("--model", "3dcnn", "--seed", "42,61", *SHORT)
    lab.host.run("scancel", "--me", "--name", next(iter(_names(lab, ".data"))))
    lab.wait(lambda: not lab.host.run("squeue", "--me", "--noheader"))
    assert not lab.folder(42).exists()
    assert "2 new" in lab.launch("--model", "3dcnn", "--seed", "42,61", *SHORT)


def _names(lab: Lab, ending: str) -> list[str]:
    names = lab.host.run("squeue", "--me", "--noheader", "--format=%j").split()
    return [name for name in names if name.endswith(ending)]


@pytest.fixture
def wide_lab(slurm: SlurmHost, tmp_path: Path, tiny_data: Path) -> Lab:  # slurm: skips where there is none
    """On a node with a CPU for each of four ranks."""
    with SlurmHost(nodes=1, cpus=4) as host:
        yield Lab(host, tmp_path, tiny_data)


@pytest.mark.parametrize("ranks", [2, 4])
def test_ranks_compute_what_one_process_computes(wide_lab: Lab, ranks: int) -> None:
    """DDP over gloo, one Slurm task per rank; no BatchNorm in this model, which each CPU rank would do for itself."""
    lab = wide_lab
    sizes = {1: 16, ranks: 16 // ranks}
    metrics = {}
    for number, batch in sizes.items():
        lab.write_profile(gpus=0)
        settings = [
            "--set",
            "train_clips=40",
            "--set",
            "val_clips=21",
            "--set",
            "eval_clips=9",
            "--set",
            f"batch_size={batch}",
        ]
        grid = ["--source", "2dot", "--hidden", "2", "--seed", "42", "--model", "timesformer-1", "--tag", f"r{number}"]
        done = lab.command(
            *("jobs.launch", "ts-grid", *grid, "--cluster", "slurm", *AS_OPTIONS, *SHORT, *settings),
            *("--set", f"ranks={number}"),
        )
        assert done.returncode == 0, done.stderr
        run = lab.runs / f"ts-r{number}/2dot/timesformer-1/h2/seed42"
        lab.wait((run / "result.json").exists)
        with (run / "metrics.csv").open() as file:
            metrics[number] = [[float(row[n]) for n in row if n != "seconds"] for row in csv.DictReader(file)]
    for one, several in zip(metrics[1], metrics[ranks], strict=True):
        assert several == pytest.approx(one, rel=1e-4)


def test_shell_characters_in_a_profile_reach_no_shell(lab: Lab, tmp_path: Path) -> None:
    pwned = tmp_path / "pwned"
    with lab.profile.open("a") as file:
        file.write(f"""modules = []\n[environment]\nEVIL = '$(touch {pwned}); "`touch {pwned}`" ; touch {pwned}'\n""")
    lab.launch("--model", "3dcnn", "--seed", "42", *SHORT)
    lab.wait(lambda: lab.finished([42]))
    assert not pwned.exists()


def test_a_dead_munge_is_said_before_anything_is_submitted(lab: Lab) -> None:
    lab.host.stop_munge()
    try:
        done = lab.command("jobs.launch", "ts-grid", "--cluster", "slurm", "--tag", "lab", *AS_OPTIONS)
        assert done.returncode == 2
        assert "Slurm does not answer" in done.stderr
        assert not list(lab.runs.glob("ts-*"))
    finally:
        lab.host.start_munge()


def test_a_refused_job_is_a_sentence(lab: Lab) -> None:
    lab.write_profile(partition="nonesuch")
    grid = ["--source", "2dot", "--hidden", "2", "--tag", "lab", "--cluster", "slurm", "--model", "3dcnn"]
    done = lab.command("jobs.launch", "ts-grid", *grid, *AS_OPTIONS)
    assert done.returncode == 2
    assert "Slurm refused the job" in done.stderr
    assert "nonesuch" in done.stderr or "partition" in done.stderr
