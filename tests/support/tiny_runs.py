"""Runs that take seconds: tiny sets, two hidden units, a few epochs. Each real process of them can be killed."""

import csv
import dataclasses
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from jobs.records.manifest import write_manifest
from jobs.worker.tasks import RunTask
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.overrides import apply_overrides
from xdomain.specs.spec import RunSpec
from xdomain.studies import temporal_shape

TINY = {"train_clips": 8, "val_clips": 5, "eval_clips": 3, "digits": "uci", "lr": 0.02, "batch_size": 4}
AS_OPTIONS = [word for name, value in TINY.items() for word in ("--set", f"{name}={value}")]


def tiny(model: str = "3dcnn", tag: str = "tiny", seed: int = 42, **values) -> RunSpec:
    """A run of `model` trained on 2dot, as `--tag tiny` with TINY and `values` would make it."""
    spec = temporal_shape.run("2dot", model, 2, seed)
    return apply_overrides(spec, TINY | {"max_epochs": 3} | values, tag)


def _server() -> ForkServerContext:
    # Its processes are forks of one that has imported torch and nothing else: real ones, without the seconds of import.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["xdomain.training.fit", "xdomain.evaluation.evaluate"])
    return context


SERVER = _server()


class TaskProcess:
    """`RunTask` in a process of its own, with its output in a file, as a job has it; `beside` packs further runs."""

    def __init__(
        self,
        spec: RunSpec,
        tracker: str | None = None,
        beside: tuple[RunSpec, ...] = (),
        time_limit: float | None = None,
        largest_file: int | None = None,
        stream: bool = False,
    ) -> None:
        self.folder = RunFolder.of(spec)
        manifest = write_manifest([spec, *beside], tracker, time_limit=time_limit, stream=stream)
        manifest.logs.mkdir()
        self.log = manifest.logs / "task.log"
        self.process: ForkServerProcess = SERVER.Process(
            target=_task, args=(str(manifest.path), len(manifest.runs), str(self.log), largest_file)
        )
        self.process.start()

    def wait(self) -> int:
        """The exit code; a signal's number is negative."""
        self.process.join()
        assert self.process.exitcode is not None
        return self.process.exitcode

    def wait_for_epochs(self, epochs: int) -> None:
        """Until metrics.csv has that many rows."""
        wait_until(lambda: len(epochs_of(self.folder)) >= epochs or self.process.exitcode is not None)
        assert self.process.exitcode is None, f"it has ended: {self.output}"

    @property
    def output(self) -> str:
        return self.log.read_text() if self.log.exists() else "(no output)"


def _task(manifest: str, runs: int, log: str, largest_file: int | None) -> None:
    with open(log, "ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    if largest_file:  # in bytes; the kernel then refuses to write more, as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, resource.RLIM_INFINITY))
    try:
        RunTask(manifest, tuple(range(runs)))()
    finally:
        sys.stdout.flush()
        if largest_file:  # what is counted of the lines that ran is written after this
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def run_task(spec: RunSpec, tracker: str | None = None, stream: bool = False) -> TaskProcess:
    """Run `spec` to its end; the exit code has to be 0."""
    task = TaskProcess(spec, tracker, stream=stream)
    assert task.wait() == 0, task.output
    return task


def kill(task: TaskProcess) -> None:
    """As a node's failure or the kernel's out-of-memory killer would."""
    task.process.kill()
    task.process.join()


def wait_until(holds: Callable[[], object]) -> None:
    """Look every few milliseconds until `holds`; only pytest's limit of a test ends a wait in vain."""
    while not holds():
        time.sleep(0.005)


def epochs_of(folder: RunFolder) -> list[dict[str, str]]:
    """The rows of metrics.csv without the seconds, which are no two times the same."""
    if not folder.metrics_file.exists():
        return []
    rows = list(csv.DictReader(folder.metrics_file.read_text().splitlines()))
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


@dataclasses.dataclass(frozen=True)
class Numbers:
    """Everything that a run computed, to be compared bit by bit."""

    epochs: list[dict[str, str]]
    predictions: dict[str, bytes]
    result: dict[str, object]

    @classmethod
    def of(cls, folder: RunFolder) -> "Numbers":
        result = {name: folder.result()[name] for name in ("status", "accuracy", "clips", "best_epoch", "epochs")}
        return cls(epochs_of(folder), {p.name: p.read_bytes() for p in files(folder.path / "predictions")}, result)


def files(folder: Path) -> list[Path]:
    """The files of a folder in order."""
    return sorted(folder.iterdir())
