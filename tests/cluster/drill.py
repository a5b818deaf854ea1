"""The drill: a small grid while tasks, nodes and the launcher are killed at random, against an undisturbed one.

    make drill                                  # or: cd tests && python -m cluster.drill --minutes 3 --seed 7

Both grids run on a private Slurm on this host (see slurm_host.py). It ends with 0 only if no run was lost and no
final metric, and no byte of a prediction, differs.
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

from .slurm_host import SlurmHost

TOP = Path(__file__).parents[2]
EPOCHS = 25
GRID = [
    *("ts-grid", "--source", "2dot", "--model", "3dcnn,timesformer-1", "--hidden", "2", "--seed", "42,61,47"),
    *("--tag", "drill", "--cluster", "slurm", "--set", "digits=uci", "--set", f"max_epochs={EPOCHS}"),
    *("--set", "train_clips=64", "--set", "val_clips=32", "--set", "eval_clips=20", "--set", "batch_size=8"),
    *("--set", f"patience={EPOCHS}", "--set", "lr=0.005"),
]
PROFILE = 'gpus = 1\ntime = "00:30:00"\nmemory = "1G"\ncpus_per_gpu = 1\nthrottle = 3\npack = {pack}\n'


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
        if time.monotonic() > end:
            continue
        action = chance.choice(["task", "task", "node", "signal"])
        claims = grid.claims()
        if action == "node":
            name = chance.choice(grid.host.names)
            grid.host.kill_node(name)
            grid.host.start_node(name)
            done["nodes killed"] += 1
        elif claims:
            how = signal.SIGKILL if action == "task" else signal.SIGUSR2
            try:
                os.kill(chance.choice(claims)["pid"], how)
            except ProcessLookupError:  # it had just finished
                continue
            done["tasks killed" if action == "task" else "tasks told to stop"] += 1
    return done


def main() -> None:
    """Run both grids and compare them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=2.0, help="of breaking things")
    parser.add_argument("--seed", type=int, default=random.randrange(1000), help="of what is broken when")
    options = parser.parse_args()
    print(f"Drill with seed {options.seed}")
    with tempfile.TemporaryDirectory(prefix="drill-") as folder, SlurmHost(nodes=3) as host:
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
