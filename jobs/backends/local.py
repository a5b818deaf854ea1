"""Runs on this machine: a few at a time, each its own process with its own log.

Those processes are forks of one that has imported everything, which takes seconds of a CPU. A run of several ranks
is started by submitit, as on a cluster.
"""

import multiprocessing
import os
import re
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import submitit
from tqdm import tqdm

from jobs.state.state import DONE, RUNNING, RunState, state_of
from jobs.worker.tasks import RunTask
from xdomain.core.errors import UserError

if TYPE_CHECKING:
    from xdomain.schema.launch import Manifest

POLL = 0.2  # seconds between two looks at the processes here
LOOK = 2.0  # seconds between two looks at runs that others work on, which ask the file server about their claims
# A step of a small model allocates and frees hundreds of megabytes: kept from the kernel, that is a third of a
# CPU's time saved (glibc; no number changes).
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(2**32), "MALLOC_TRIM_THRESHOLD_": str(2**34)}
NO_LIMIT = 60 * 24 * 365  # minutes; submitit would otherwise end a local job after a few


@dataclass(frozen=True)
class Started:
    """A run at work here."""

    pid: int  # what a signal goes to
    log: Path
    done: Callable[[], bool]


def visible_gpus() -> list[int]:
    """List the GPUs of this machine that the user lets programs see.

    Raises:
        UserError: CUDA_VISIBLE_DEVICES names them by anything but numbers.
    """
    if "CUDA_VISIBLE_DEVICES" in os.environ:
        listed = os.environ["CUDA_VISIBLE_DEVICES"]
        names = [name.strip() for name in listed.split(",") if name.strip()]
        if not all(re.fullmatch(r"-?[0-9]+", name) for name in names):
            raise UserError(f"CUDA_VISIBLE_DEVICES={listed}: name the GPUs by their numbers, such as 0,1.")
        return [int(name) for name in names if int(name) >= 0]
    try:
        listing = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    return list(range(sum(line.startswith("GPU ") for line in listing.splitlines())))  # MIG's parts stand below theirs


def default_parallel(ranks: int) -> int:
    """Count the runs that have room here at once: a rank per GPU, or per core where there is none."""
    return max(1, (len(visible_gpus()) or len(os.sched_getaffinity(0))) // ranks)


def run_all(manifest: "Manifest", parallel: int, report: Callable[[RunState, Path | None], None]) -> None:
    """Carry every run of `manifest` to its end, `parallel` at a time; `report` hears of each with its log's path.

    A run that another process works on is waited for, and taken over should that process die.
    """
    os.environ |= KEEP_MEMORY | os.environ  # the user's own settings win
    gpus = visible_gpus()
    waiting = deque(range(len(manifest.runs)))
    free_slots = list(reversed(range(parallel)))
    jobs: dict[int, tuple[Started, int]] = {}  # run index -> its processes and its slot
    look = 0.0  # when those that wait are looked at next
    with (
        _stopped_on_interrupt(jobs),
        tqdm(total=len(waiting), unit="run", desc="Runs", dynamic_ncols=True, disable=None) as bar,
    ):
        while waiting or jobs:
            for index, (job, slot) in list(jobs.items()):
                if job.done():
                    del jobs[index]
                    free_slots.append(slot)
                    state = state_of(manifest.runs[index])
                    if state.state == RUNNING:  # by another launcher, which was quicker
                        waiting.append(index)
                        continue
                    bar.update()
                    report(state, job.log)
            looks = free_slots and time.monotonic() >= look
            for _ in range(len(waiting) if looks else 0):
                index = waiting.popleft()
                state = state_of(manifest.runs[index])
                if state.state in DONE:
                    bar.update()
                    report(state, None)
                elif state.state == RUNNING:
                    waiting.append(index)
                else:
                    slot = free_slots.pop()
                    jobs[index] = (
                        _start(manifest, index, _gpus_of(slot, gpus, manifest.runs[index].train.ranks)),
                        slot,
                    )
                    if not free_slots:
                        break
            if looks:  # with slots left, all that wait are at work elsewhere
                look = time.monotonic() + LOOK if free_slots else 0.0
            bar.set_postfix_str(f"{len(jobs)} running", refresh=False)
            time.sleep(POLL)


@contextmanager
def _stopped_on_interrupt(jobs: dict[int, tuple[Started, int]]) -> Iterator[None]:
    """Stop on Ctrl-C what `jobs` holds then: a run that is still starting does not hear of it by itself."""
    try:
        yield
    except KeyboardInterrupt:
        for job, _ in jobs.values():
            with suppress(ProcessLookupError):
                os.kill(job.pid, signal.SIGTERM)
        raise


def _gpus_of(slot: int, gpus: list[int], ranks: int) -> list[int]:
    """Choose a GPU for each rank of the run in this slot; slots beyond the GPUs share them."""
    return [gpus[(slot * ranks + rank) % len(gpus)] for rank in range(min(ranks, len(gpus)))]


def _start(manifest: "Manifest", index: int, gpus: list[int]) -> Started:
    # A process between this one and the run would answer Ctrl-C with a traceback. The run listens again.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return (_start_ranks if manifest.runs[index].train.ranks > 1 else _fork)(manifest, index, gpus)
    finally:
        signal.signal(signal.SIGINT, before)


def _fork(manifest: "Manifest", index: int, gpus: list[int]) -> Started:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["xdomain.execute.imports"])
    manifest.logs.mkdir(exist_ok=True)
    log = manifest.logs / f"run{index}.out"
    process = context.Process(target=_run, args=(str(manifest.path), index, log, gpus))
    process.start()
    assert process.pid is not None, "it was started"
    return Started(process.pid, log, lambda: not process.is_alive())


def _run(manifest: str, index: int, log: Path, gpus: list[int]) -> None:
    """Execute a run in this process, a fork, with its output in `log`."""
    with log.open("ab", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(map(str, gpus))
    RunTask(manifest, (index,), log)()


def _start_ranks(manifest: "Manifest", index: int, gpus: list[int]) -> Started:
    executor = submitit.LocalExecutor(manifest.logs)
    executor.update_parameters(
        timeout_min=NO_LIMIT,
        stderr_to_stdout=True,
        tasks_per_node=manifest.runs[index].train.ranks,
        gpus_per_node=len(gpus),
        visible_gpus=gpus,
    )
    job: submitit.Job[None] = executor.submit(RunTask(str(manifest.path), (index,)))
    return Started(int(job.job_id), job.paths.stdout, job.done)  # of submitit's process, which tells the ranks
