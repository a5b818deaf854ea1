"""Part `runs`: ten real runs of the grid from beginning to end, all on the one GPU at once.

Their folders stay, so that the same part once more continues what it had no time for.
"""

import csv
import importlib.util
import os
import signal
from pathlib import Path

from benchmarks.gpu.packages import DIGITS
from benchmarks.gpu.processes import end_all, start
from benchmarks.gpu.report import Report
from benchmarks.gpu.scale import Scale
from benchmarks.gpu.training import spec_of
from xdomain.core.interruption import watch
from xdomain.core.roots import data_root
from xdomain.datasets.temporal_shape.generate import generate
from xdomain.execute.run import execute
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.spec import RunSpec


def run(report: Report, scale: Scale) -> None:
    """Run all of them, and say of each what it came to or how far it came."""
    # MNIST cannot be fetched; scikit-learn's digits serve, from it or as they were brought along.
    digits = "uci" if importlib.util.find_spec("sklearn") else str(DIGITS.absolute())
    specs = [spec_of(model, hidden, scale, digits=digits) for model, hidden in scale.runs]
    report.say(digits="scikit-learn's 1,797, not MNIST", side_by_side=len(specs))
    for clip_set in dict.fromkeys(clip_set for spec in specs for clip_set in spec.inputs):
        generate(clip_set, data_root())
    end_all([start(_execute, spec) for spec in specs], report.seconds_left)
    for spec in specs:
        folder = RunFolder.of(spec)
        if folder.is_finished():
            result = folder.result()
            facts = {name: result.get(name) for name in ("status", "accuracy", "epochs", "seconds", "parameters")}
        else:
            facts = {"status": "unfinished", "epochs": _epochs(folder.metrics_file)}
            report.leave_out(spec.id, TimeoutError("no time left; PART=runs again continues it"))
        report.add(kind="run", model=spec.model.name, hidden=spec.model.hidden, **facts)


def _execute(spec: RunSpec) -> None:
    log = RunFolder.of(spec).path / "log.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    watch(signal.SIGTERM)  # ends with the epoch
    execute(spec, gpus=1)


def _epochs(metrics: Path) -> int:
    if not metrics.exists():
        return 0
    with metrics.open() as file:
        return len(list(csv.DictReader(file)))
