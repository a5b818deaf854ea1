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
    device = torch.device("cpu")
    left, right = torch.rand(2, SIDE, SIDE)
    matrix = per_second(lambda: left @ right, 2 * SIDE**3, repeats=3) / 1e9
    yield Figure("matrix products, float32", matrix, "GFLOP")
    for model in ts.MODELS:
        for hidden in SIZES:
            torch.manual_seed(0)
            spec = ts.run("2dot", model, hidden, ts.SEEDS[0])
            module = classifier(spec, ClipShape(ts.FRAMES, ts.SIDE, 1, len(ts.CLASSES)), None)
            batch = torch.rand(CLIPS, ts.FRAMES, 1, ts.SIDE, ts.SIDE), torch.arange(CLIPS) % len(ts.CLASSES)
            step = stepper(module, lambda batch=batch: batch, "fp32", device)
            with FlopCounterMode(display=False) as counted:
                step()
            rate = per_second(step, CLIPS, repeats=3)
            share = rate / CLIPS * counted.get_total_flops() / 1e9 / matrix
            yield Figure(f"step of {model} h={hidden}", rate, "clips", f"{share:.0%} of the matrix rate")


if __name__ == "__main__":
    show(figures())
