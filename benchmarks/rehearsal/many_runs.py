"""The commands of benchmarks/commands.py with ever more finished runs."""

import shutil
from pathlib import Path

from benchmarks.commands import COMMANDS, VARIANT, in_new_roots
from benchmarks.finished_runs import grid_of, write_finished
from benchmarks.rehearsal.measured import Step, measured

PAPER_GRID = 80  # runs of one seed


def with_runs(root: Path, runs: int, tables: bool) -> list[Step]:
    """Write `runs` finished runs and look at them with every command, at those of status and tables twice."""
    folder = root / f"runs{runs}"
    shutil.rmtree(folder, ignore_errors=True)
    in_new_roots(folder)
    folder.mkdir(parents=True)
    specs = grid_of(runs, VARIANT)
    write_finished(specs)
    seeds = ",".join(map(str, dict.fromkeys(spec.seed for spec in specs)))
    steps = []
    for name, command in COMMANDS.items():
        if name == "tables" and not tables:
            continue
        given = (*command, "--seed", seeds) if name.startswith("launch") else command
        steps.append(measured(name, runs, given, folder / "log.txt"))
        if name in ("status", "tables"):
            steps.append(measured(f"{name}, again", runs, given, folder / "log.txt"))
    return steps
