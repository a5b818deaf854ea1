"""One training step as trainings take it, timed: seconds, the share of them that the GPU works, peak memory."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

import torch
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile

from xdomain.training.data import Batch
from xdomain.training.module import Classifier

WARM_UP, PROFILED, FEWEST = 3, 3, 3  # steps


@dataclass(frozen=True)
class Step:
    """What one training step takes."""

    seconds: float
    gpu_share: float | None  # of those, that the GPU works; None on a CPU, and where its profiler does not answer
    peak_bytes: int | None  # of the card's memory, the clips included


@contextmanager
def arithmetic(precision: str) -> Iterator[None]:
    """Compute single-precision products as `precision` says: in TF32 only where it is asked for."""
    tf32 = precision != "fp32"
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    torch.set_float32_matmul_precision("high" if tf32 else "highest")
    torch.backends.cudnn.allow_tf32 = tf32
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before[0])
        torch.backends.cudnn.allow_tf32 = before[1]


def stepper(module: Classifier, batch: Callable[[], Batch], precision: str, device: torch.device) -> Callable[[], None]:
    """Return a training step of `module`, its batch included: scaled and cast as Lightning does."""
    optimizer = module.configure_optimizers()
    low = {"16-mixed": torch.float16, "bf16-mixed": torch.bfloat16}.get(precision)
    scaler = torch.amp.GradScaler(device.type, enabled=low is torch.float16)
    numbers = count()

    def step() -> None:
        optimizer.zero_grad()
        with torch.autocast(device.type, low, enabled=low is not None):
            loss = module.training_step(batch(), next(numbers))
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()

    return step


def measure(step: Callable[[], None], device: torch.device, seconds: float) -> Step:
    """Take steps for about `seconds`, after a few that are not counted."""
    on_gpu = device.type == "cuda"
    for _ in range(WARM_UP):
        step()
    if on_gpu:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    began, taken = time.perf_counter(), 0
    while taken < FEWEST or time.perf_counter() - began < seconds:
        for _ in range(FEWEST):  # waiting for the GPU after each would add to the time between them
            step()
        if on_gpu:
            torch.cuda.synchronize()
        taken += FEWEST
    each = (time.perf_counter() - began) / taken
    peak = torch.cuda.max_memory_allocated() if on_gpu else None
    busy = gpu_seconds(step) if on_gpu else None
    return Step(each, busy and min(1.0, busy / each), peak)


def gpu_seconds(step: Callable[[], None]) -> float | None:
    """Sum the time of one step's kernels and copies on the GPU; None where the profiler sees none."""
    with profile(activities=[ProfilerActivity.CUDA, ProfilerActivity.CPU]) as seen:
        for _ in range(PROFILED):
            step()
        torch.cuda.synchronize()
    spent = sum(
        event.self_device_time_total
        for event in seen.key_averages()
        if event.device_type == DeviceType.CUDA and not event.is_user_annotation
    )
    return spent / 1e6 / PROFILED or None
