"""The drill: a small grid while things are killed at random, against the same grid left alone.

    make drill                                  # or: cd tests && python -m cluster.drill
    make drill ARGS='--minutes 3 --seed 7'      # these options

What is done, on a private Slurm on this host (see slurm_host.py), again and again until the minutes are over:

    task         SIGKILL to a run's process
    signal       SIGUSR2 to a run's process, Slurm's warning
    preemption   a job of higher priority takes the node, with 0, 3 or 10 seconds of grace
    limit        a run that hangs in an epoch has its time limit cut to two minutes
    controller   slurmctld is stopped for some seconds, in which a run asks for another start
    node         slurmd, jobs and all, as in a power cut
    launcher     SIGKILL while it submits

It ends with 0 only if no run was lost and no final metric, and no byte of a prediction, differs.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from .slurm_host import SlurmHost, SlurmHostError

TOP = Path(__file__).parents[2]
EPOCHS = 25
GRID = [
    *("ts-grid", "--source", "2dot", "--model", "3dcnn,timesformer-1", "--hidden", "2", "--seed", "42,61,47"),
    *("--tag", "drill", "--cluster", "slurm", "--set", "digits=uci", "--set", f"max_epochs={EPOCHS}"),
    *("--set", "train_clips=64", "--set", "val_clips=32", "--set", "eval_clips=20", "--set", "batch_size=8"),
    *("--set", f"patience={EPOCHS}", "--set", "lr=0.005"),
]
ACTIONS = ("task", "task", "signal", "preemption", "limit", "controller", "node")  # the launcher has its own moment
PROFILE = (
    'partition = "low"\ngpus = 1\ntime = "00:30:00"\nmemory = "1G"\ncpus_per_gpu = 1\nthrottle = 3\npack = {pack}\n'
)


class Grid:
    """One launch of GRID with roots of its own."""

    def __init__(self, host: SlurmHost, folder: Path, pack: int) -> None:
        folder.mkdir()
        self.host, self.runs = host, folder / "runs" / "ts-drill"
        profile = folder / "profile.toml"
        profile.write_text(PROFILE.format(pack=pack))
        self.env = host.env | {
            "XDOMAIN_DATA": str(folder.parent / "data"),
            "XDOMAIN_RUNS": str(folder / "runs"),
            "XDOMAIN_PROFILE": str(profile),
            "PYTHONPATH": str(TOP),
        }

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the launcher; the same command every time."""
        command = [sys.executable, "-m", "jobs.launch", *GRID]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(command, env=self.env, cwd=TOP, start_new_session=True, **quiet)

    def states(self) -> Counter[str]:
        """How many runs are in which state, as the status command says it."""
        command = [sys.executable, "-m", "jobs.launch", *GRID, "--dry-run", "--json"]
        answer = subprocess.run(command, env=self.env, cwd=TOP, capture_output=True, text=True, check=True)
        return Counter(run["state"] for run in json.loads(answer.stdout)["runs"])

    def claims(self) -> list[dict]:
        """Who works on which run now."""
        found = []
        for path in self.runs.glob("*/*/*/*/claim.json"):
            try:
                found.append(json.loads(path.read_text()))
            except (FileNotFoundError, ValueError):  # released in this very moment
                continue
        return found

    def outcome(self) -> dict[str, object]:
        """Everything about every run that must not depend on what happened to it."""
        outcome = {}
        for result_file in sorted(self.runs.glob("*/*/*/*/result.json")):
            result = json.loads(result_file.read_text())
            with (result_file.parent / "metrics.csv").open() as file:
                epochs = [{name: row[name] for name in row if name != "seconds"} for row in csv.DictReader(file)]
            predictions = {p.name: p.read_bytes() for p in sorted((result_file.parent / "predictions").iterdir())}
            outcome[result["id"]] = {
                **{name: result[name] for name in ("status", "accuracy", "best_epoch", "epochs", "data")},
                "metrics": epochs,
                "predictions": predictions,
            }
        return outcome


def undisturbed(grid: Grid) -> None:
    """Launch once and wait."""
    grid.launch().wait()
    while set(states := grid.states()) != {"finished"}:
        print(f"  undisturbed: {dict(states)}", flush=True)
        time.sleep(5)


def disturbed(grid: Grid, chance: random.Random, seconds: float) -> Counter[str]:
    """Launch, and break things for so many seconds; then only launch again until all is finished."""
    done: Counter[str] = Counter()
    end = time.monotonic() + seconds
    while set(states := grid.states()) != {"finished"}:
        print(f"  disturbed: {dict(states)}", flush=True)
        if not states["running"] + states["queued"]:
            launcher = grid.launch()
            if time.monotonic() < end and chance.random() < 0.5:
                time.sleep(chance.uniform(0.1, 1.0))
                os.killpg(launcher.pid, signal.SIGKILL)
                done["launchers killed"] += 1
            launcher.wait()
        time.sleep(chance.uniform(2, 6))
        if time.monotonic() < end and (what := _break(grid, chance, chance.choice(ACTIONS))):
            done[what] += 1
    return done


def _break(grid: Grid, chance: random.Random, action: str) -> str | None:
    """Do one thing; what it was, or None where nothing was there to do it to."""
    host = grid.host
    if action == "node":
        name = chance.choice(host.names)
        host.kill_node(name)
        host.start_node(name)
        return "nodes killed"
    claims = grid.claims()
    if not claims:
        return None
    claim = chance.choice(claims)
    if action == "preemption":
        grace = chance.choice((0, 3, 10))
        host.run("scontrol", "update", "PartitionName=low", f"GraceTime={grace}")
        node = host.job(claim["job"])["NodeList"]
        if node not in host.names:  # its job has just ended
            return None
        options = ["--partition=high", "--exclusive", f"--nodelist={node}", "--output=/dev/null"]
        host.run("sbatch", *options, "--wrap=sleep 1")
        return f"jobs preempted with {grace} s of grace"
    try:
        if action == "limit":
            os.kill(claim["pid"], signal.SIGSTOP)
            host.run("scontrol", "update", f"JobId={claim['job']}", "TimeLimit=2")
            return "time limits cut short"
        if action == "controller":
            host.stop_controller()
            try:
                os.kill(claim["pid"], signal.SIGUSR2)
                time.sleep(chance.uniform(3, 15))
            finally:
                host.start_controller()
            return "controllers stopped"
        os.kill(claim["pid"], signal.SIGKILL if action == "task" else signal.SIGUSR2)
        return "tasks killed" if action == "task" else "tasks told to stop"
    except (ProcessLookupError, SlurmHostError):  # it, or its job, had just ended
        return None


def main() -> None:
    """Run both grids and compare them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=3.0, help="of breaking things")
    parser.add_argument("--seed", type=int, default=random.randrange(1000), help="of what is broken when")
    options = parser.parse_args()
    print(f"Drill with seed {options.seed}")
    with tempfile.TemporaryDirectory(prefix="drill-") as folder, SlurmHost(nodes=3, kill_wait_s=30) as host:
        calm = Grid(host, Path(folder) / "calm", pack=1)
        undisturbed(calm)
        rough = Grid(host, Path(folder) / "rough", pack=2)
        done = disturbed(rough, random.Random(options.seed), 60 * options.minutes)
        expected, got = calm.outcome(), rough.outcome()
    lost = sorted(expected.keys() - got.keys())
    changed = [f"{run}: {name}" for run in expected.keys() & got for name in expected[run]
               if expected[run][name] != got[run][name]]  # fmt: skip
    print(", ".join(f"{count} {what}" for what, count in done.items()) or "nothing was broken")
    print(f"{len(expected)} runs: {len(lost)} lost, {len(changed)} metrics changed", *lost, *changed, sep="\n  ")
    sys.exit(1 if lost or changed or not done else 0)


if __name__ == "__main__":
    main()
