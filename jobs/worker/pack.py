"""Several runs in one job, on one GPU: processes of their own, none able to take a sibling along."""

import multiprocessing
import os
import signal
import sys
import time
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from jobs.worker.single import STOPPED, reported
from xdomain.core.claims.holder import JOB_VARIABLE, START_VARIABLES, scheduler_job
from xdomain.core.interruption import asked_by
from xdomain.execute.run import execute

if TYPE_CHECKING:
    from xdomain.schema.launch import Manifest

POLL = 0.2  # seconds


def run_packed(manifest: "Manifest", indices: tuple[int, ...]) -> int:
    """Execute these runs of `manifest` side by side; returns STOPPED if one has to go on, else the first failure.

    A child that is killed (out of memory, say) fails alone: the others run to their end.
    """
    import xdomain.training.fit  # noqa: F401  (once, before the fork: every child would need seconds for it)

    context = multiprocessing.get_context("fork")
    children: list[BaseProcess] = []
    gpus = manifest.gpus_of(indices)
    for index in indices:
        name = manifest.runs[index].id
        child: BaseProcess = context.Process(target=_child, args=(manifest, index, gpus), name=name)
        child.start()
        children.append(child)
    forwarded = False
    while any(child.is_alive() for child in children):
        if asked_by() and not forwarded:
            forwarded = True
            for child in children:
                if child.is_alive() and child.pid:
                    os.kill(child.pid, signal.SIGUSR2)
        time.sleep(POLL)
    codes = {child.name: child.exitcode for child in children}
    for name, code in codes.items():
        print(f"{name} ended with {code}", flush=True)
    if STOPPED in codes.values():
        return STOPPED
    return next((abs(code) for code in codes.values() if code), 0)


def _child(manifest: "Manifest", index: int, gpus: float) -> None:
    job = scheduler_job()
    log = manifest.logs / f"{job or os.getppid()}_run{index}.out"
    with log.open("ab", buffering=0) as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    # It hears signals as the process that it is a fork of does, and knows of those that came before.
    # The run is one process, whatever the job around it looks like; it only has to know which start of which job.
    for name in [name for name in os.environ if name.startswith("SLURM_") and name not in START_VARIABLES]:
        del os.environ[name]
    if job:
        os.environ[JOB_VARIABLE] = job
    with reported(manifest, index) as ending:
        execute(manifest.runs[index], manifest.tracker, log, gpus=gpus)
    sys.exit(ending.code)
