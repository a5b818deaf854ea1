"""The commands that people wait for: a dry run, status, usage and tables of 400 finished runs.

python -m benchmarks.commands
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.finished_runs import grid_of, write_finished
from benchmarks.rates import Figure, per_second, show

RUNS = 400
VARIANT = "written"
COMMANDS = {
    "launch --dry-run": ("jobs.launch", "ts-grid", "--cluster", "local", "--tag", VARIANT, "--dry-run"),
    "status": ("jobs.status", "--study", f"ts-{VARIANT}"),
    "usage": ("jobs.usage", "--study", f"ts-{VARIANT}"),
    "tables": ("analysis", "tables", "--study", f"ts-{VARIANT}"),
}


def in_new_roots(folder: Path) -> None:
    """Point this process and its children to empty folders below `folder`."""
    for name in ("data", "runs", "results"):
        os.environ[f"XDOMAIN_{name.upper()}"] = str(folder / name)


def call(command: tuple[str, ...]) -> str:
    """Run `python -m COMMAND` to its end; returns what it printed."""
    return subprocess.run(
        [sys.executable, "-m", *command], check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ).stdout


def figures() -> Iterator[Figure]:
    """Time each command twice: the first look at the runs, and one when they are known."""
    before = {name: os.environ.get(name) for name in ("XDOMAIN_DATA", "XDOMAIN_RUNS", "XDOMAIN_RESULTS")}
    with tempfile.TemporaryDirectory() as folder:
        in_new_roots(Path(folder))
        write_finished(grid_of(RUNS, VARIANT))
        try:
            for name, command in COMMANDS.items():
                for time in ("first", "again"):
                    rate = per_second(lambda command=command: call(command), 1, repeats=1)
                    yield Figure(f"{name}, {RUNS} finished runs, {time}", rate, "commands")
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})


if __name__ == "__main__":
    show(figures())
