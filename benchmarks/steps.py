"""A training step of each Temporal Shape model on one CPU core, and how near it comes to the core's matrix products.

python -m benchmarks.steps
"""

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # before numpy

from collections.abc import Iterator

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.gpu.measure import stepper
from benchmarks.rates import Figure, per_second, show
from xdomain.studies import temporal_shape as ts
from xdomain.training.data import ClipShape
from xdomain.training.fit import classifier

SIZES = (2, 16)
CLIPS = 8  # of a step
SIDE = 2048  # of the square matrices


def figures() -> Iterator[Figure]:
    """Give clips a second and the share of the matrix rate, a figure each."""
    torch.set_num_threads(1)
    left, right = torch.rand(2, SIDE, SIDE)
    matrix = per_second(lambda: left @ right, 2 * SIDE**3, repeats=3) / 1e9
    yield Figure("matrix products, float32", matrix, "GFLOP")
    for model in ts.MODELS:
        for hidden in SIZES:
            rate, operations = _measured(model, hidden)
            share = rate / CLIPS * operations / 1e9 / matrix
            yield Figure(f"step of {model} h={hidden}", rate, "clips", f"{share:.0%} of the matrix rate")
            if model == "3dcnn":
                plain, _ = _measured(model, hidden, torch.contiguous_format)
                remark = f"as published; channels last are {rate / plain:.2f} times as fast"
                yield Figure(f"step of {model} h={hidden}, channels first (baseline)", plain, "clips", remark)


def _measured(model: str, hidden: int, layout: torch.memory_format = torch.preserve_format) -> tuple[float, int]:
    """Return clips a CPU second, and the floating-point operations of a step."""
    torch.manual_seed(0)
    spec = ts.run("2dot", model, hidden, ts.SEEDS[0])
    module = classifier(spec, ClipShape(ts.FRAMES, ts.SIDE, 1, len(ts.CLASSES)), None)
    module.model.to(memory_format=layout)  # type: ignore[call-overload]  # torch documents this call
    batch = torch.rand(CLIPS, ts.FRAMES, 1, ts.SIDE, ts.SIDE), torch.arange(CLIPS) % len(ts.CLASSES)
    step = stepper(module, lambda: batch, "fp32", torch.device("cpu"))
    with FlopCounterMode(display=False) as counted:
        step()
    return per_second(step, CLIPS, repeats=3), counted.get_total_flops()


if __name__ == "__main__":
    show(figures())
