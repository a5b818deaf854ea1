"""Processes that can use a GPU: forks of a server that has imported everything and never touched the card."""

import multiprocessing
import time
from collections.abc import Callable, Sequence
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any

GRACE = 15.0  # seconds that a process has to end once it was told to


def server() -> ForkServerContext:
    """Return the context whose processes start with everything imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.gpu.parts.by_name"])
    return context


def start(work: Callable[..., None], *arguments: Any) -> ForkServerProcess:
    """Start `work` in a process of its own."""
    process: ForkServerProcess = server().Process(target=work, args=arguments)
    process.start()
    return process


def end_all(processes: Sequence[ForkServerProcess], seconds: float) -> None:
    """Wait for the processes until `seconds` from now; ask those that are left to stop, then kill them."""
    _join(processes, seconds)
    for process in processes:
        if process.is_alive():
            process.terminate()
    _join(processes, GRACE)
    for process in processes:
        if process.is_alive():
            process.kill()
            process.join()


def _join(processes: Sequence[ForkServerProcess], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for process in processes:
        process.join(max(0.0, deadline - time.monotonic()))
