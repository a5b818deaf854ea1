"""What a job executes. Tasks carry plain data (a manifest's path and indices) and import the work when called.

So the pickle that submitit sends holds nothing that could differ between the login node and an image.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import submitit
from submitit.helpers import DelayedSubmission, TorchDistributedEnvironment

from jobs.manifest import Manifest
from jobs.pack import run_packed
from jobs.single import listen, run_one
from xdomain.errors import UserError
from xdomain.roots import data_root
from xdomain.spec import ClipSetSpec


@dataclass(frozen=True)
class RunTask:
    """Execute one run of a manifest, or several side by side."""

    manifest: str
    indices: tuple[int, ...]

    def __call__(self) -> None:
        manifest = Manifest.read(Path(self.manifest))
        os.environ |= manifest.environment
        if manifest.runs[self.indices[0]].train.ranks > 1:
            # RANK, WORLD_SIZE, ... as torchrun would set them, from what the scheduler set. All GPUs stay visible to
            # all ranks: Lightning picks one by the local rank.
            TorchDistributedEnvironment().export(set_cuda_visible_devices=False, overwrite=True)
            os.environ["MASTER_ADDR"] = "127.0.0.1"  # a run has one node, and node names do not resolve everywhere
        listen(manifest)
        # Only a job of submitit's has a file of its own; in the launcher's process (debug) output goes to the screen.
        log = submitit.JobEnvironment().paths.stdout if "SUBMITIT_FOLDER" in os.environ else None
        if len(self.indices) == 1:
            code = run_one(manifest, self.indices[0], log)
        else:
            code = run_packed(manifest, self.indices)
        if code:
            sys.exit(code)

    def checkpoint(self) -> DelayedSubmission:
        """What submitit submits again; all state is in the run folders."""
        return DelayedSubmission(self)


@dataclass(frozen=True)
class DataTask:
    """Make or verify every clip set that a manifest's runs need."""

    manifest: str
    workers: int

    def __call__(self) -> None:
        manifest = Manifest.read(Path(self.manifest))
        os.environ |= manifest.environment
        try:
            make_or_verify(manifest.clip_sets, data_root(), self.workers)
        except UserError as error:
            print(f"Error: {error}", file=sys.stderr)
            sys.exit(2)


def make_or_verify(clip_sets: list[ClipSetSpec], root: Path, workers: int) -> None:
    """Generate the sets that are missing below the data root and read the others against their checksums.

    Raises:
        UserError: a set is damaged, or its digits cannot be had.
    """
    from xdomain.datasets.clipset import open_set, set_paths
    from xdomain.datasets.generate import generate

    for clip_set in clip_sets:
        npy, described = set_paths(clip_set, root)
        if described.exists():
            open_set(npy)
        else:
            generate(clip_set, root, workers)
