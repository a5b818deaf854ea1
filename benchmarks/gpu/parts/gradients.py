"""Part `gradients`: the walk of the tests over every model and size, on the card, in float64."""

import sys
import time
from pathlib import Path

import torch

from benchmarks.gpu.report import Report
from benchmarks.gpu.scale import Scale
from xdomain.training.trainer import compute

TESTS = Path(__file__).parents[3] / "tests"


def run(report: Report, scale: Scale) -> None:
    """Compare each model's gradient with finite differences, what takes a CPU minutes last."""
    sys.path.append(str(TESTS))
    from support.model_geometries import ALL, takes_minutes  # of the tests: one list of sizes for both

    device = torch.device("cuda" if compute().accelerator == "gpu" else "cpu")
    for subject in sorted(ALL, key=takes_minutes)[: scale.gradients]:
        what = f"{subject.name} h={subject.hidden} {subject.frames}x{subject.side}"
        if not report.has_time_for(what):
            continue
        began = time.perf_counter()
        try:
            wrong = subject.wrong_gradients(device)
        except RuntimeError as error:  # a card's memory, a kernel that it lacks
            report.leave_out(what, error)
            continue
        report.add(
            kind="gradient",
            model=subject.name,
            hidden=subject.hidden,
            frames=subject.frames,
            side=subject.side,
            wrong=[str(tensor) for tensor in wrong],
            seconds=time.perf_counter() - began,
        )
