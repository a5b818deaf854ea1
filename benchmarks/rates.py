"""How often a thing is done in a second of CPU time, and a fixed piece of work to compare machines by.

CPU time of this process and of its children that have ended: what else the machine does counts little.
"""

import platform
import resource
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Figure:
    """Something measured."""

    what: str  # the same from run to run: the ledger compares by it
    rate: float  # per second of CPU time
    unit: str  # of what, such as clips
    remark: str = ""  # for people


def show(figures: Iterable[Figure]) -> list[Figure]:
    """Print figures as they come; returns all of them."""
    shown = []
    for figure in figures:
        print(f"{figure.what:52} {figure.rate:12,.4g} {figure.unit}/s  {figure.remark}".rstrip(), flush=True)
        shown.append(figure)
    return shown


def cpu_seconds() -> float:
    """Spent so far by this process and by its children that have ended."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def per_second(work: Callable[[], object], items: float, repeats: int = 5) -> float:
    """Items a second of CPU time, of the fastest repetition: anything else the machine does only slows it down."""
    spent = []
    for _ in range(repeats):
        began = cpu_seconds()
        work()
        spent.append(cpu_seconds() - began)
    return items / min(spent)


def calibration() -> float:
    """Seconds of CPU time that a fixed piece of work takes here: a third each of matrix products, Python and bytes."""
    matrix = np.random.default_rng(0).random((640, 640), dtype=np.float32)
    text = np.random.default_rng(0).integers(0, 64, 1_500_000, dtype=np.uint8).tobytes()

    def work() -> None:
        for _ in range(6):
            matrix @ matrix
        total = 0
        for number in range(2_400_000):
            total += number & 7
        zlib.compress(text, 1)

    return 1 / per_second(work, 1)


def processor() -> str:
    """Return the name of this machine's processor."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
