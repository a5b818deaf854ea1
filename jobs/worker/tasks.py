"""Execute a job. Tasks carry plain data (a manifest's path and indices) and import the work when called.

So the pickle that submitit sends holds nothing that could differ between the login node and an image.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import submitit
from submitit.helpers import DelayedSubmission, TorchDistributedEnvironment

from jobs.worker.pack import run_packed
from jobs.worker.single import listen, reported
from xdomain.core.output import accept_any_text
from xdomain.execute.run import execute


@dataclass(frozen=True)
class RunTask:
    """Execute one run of a manifest, or several side by side."""

    manifest: str
    indices: tuple[int, ...]
    log: Path | None = None  # where the output goes; a job of submitit's has a file of its own, debug the screen

    def __call__(self) -> None:
        """Execute the runs, and exit with their code unless it is 0."""
        if code := self.run():
            sys.exit(code)

    def run(self) -> int:
        """Execute the runs in this process; returns the exit code."""
        from xdomain.schema.launch import Manifest

        accept_any_text()
        manifest = Manifest.read(Path(self.manifest))
        os.environ |= manifest.environment
        if manifest.runs[self.indices[0]].train.ranks > 1:
            # RANK, WORLD_SIZE, ... as torchrun would set them, from what the scheduler set. All GPUs stay visible to
            # all ranks: Lightning picks one by the local rank.
            TorchDistributedEnvironment().export(set_cuda_visible_devices=False, overwrite=True)
            os.environ["MASTER_ADDR"] = "127.0.0.1"  # a run has one node, and node names do not resolve everywhere
        else:
            os.environ.pop("RANK", None)  # of whatever the launcher was started in
        listen(manifest)
        log = self.log
        if log is None and "SUBMITIT_FOLDER" in os.environ:
            log = submitit.JobEnvironment().paths.stdout
        if len(self.indices) > 1:
            return run_packed(manifest, self.indices)
        index = self.indices[0]
        with reported(manifest, index) as ending:
            execute(manifest.runs[index], manifest.tracker, log, gpus=manifest.gpus_of(self.indices))
        return ending.code

    def checkpoint(self) -> DelayedSubmission:
        """Return what submitit submits again; all state is in the run folders."""
        return DelayedSubmission(self)
