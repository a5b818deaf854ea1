"""What a job executes. Tasks carry plain data (a manifest's path and a run's index) and import the work when called.

So the pickle that submitit sends holds nothing that could differ between the login node and an image.
"""

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from submitit.helpers import DelayedSubmission

from jobs.manifest import Manifest
from xdomain.claims import AlreadyClaimed
from xdomain.errors import Interrupted, UserError
from xdomain.interruption import watch
from xdomain.roots import data_root
from xdomain.run import execute
from xdomain.spec import ClipSetSpec

STOPPED = 75  # exit code of a task that stopped half way and wants to go on (EX_TEMPFAIL)


@dataclass(frozen=True)
class RunTask:
    """Execute one run of a manifest."""

    manifest: str
    index: int

    def __call__(self) -> None:
        # One owner of the signals: submitit's own handler would requeue at once, in the middle of an epoch.
        watch(signal.SIGUSR2, signal.SIGTERM)
        manifest = Manifest.read(Path(self.manifest))
        os.environ |= manifest.environment
        spec = manifest.runs[self.index]
        print(f"{spec.id} (run {self.index} of {self.manifest})", flush=True)
        try:
            execute(spec, manifest.tracker)
        except AlreadyClaimed as error:
            print(f"Nothing to do: {error}.")
        except Interrupted as error:
            print(f"Stopped by {error}; the same run continues from there.")
            sys.exit(STOPPED)
        except UserError as error:
            print(f"Error: {error}", file=sys.stderr)
            sys.exit(2)

    def checkpoint(self) -> DelayedSubmission:
        """What submitit submits again; all state is in the run folder."""
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
