"""Execute a job. Tasks carry plain data (a manifest's path and indices) and import the work when called.

So the pickle that submitit sends holds nothing that could differ between the login node and an image.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import submitit
from submitit.helpers import DelayedSubmission, TorchDistributedEnvironment

from jobs.records.manifest import Manifest
from jobs.worker.pack import run_packed
from jobs.worker.single import listen, run_one
from xdomain.core.errors import UserError, explain
from xdomain.core.output import accept_any_text
from xdomain.core.roots import data_root
from xdomain.specs.spec import ClipCacheSpec, ClipSetSpec


@dataclass(frozen=True)
class RunTask:
    """Execute one run of a manifest, or several side by side."""

    manifest: str
    indices: tuple[int, ...]

    def __call__(self) -> None:
        """Execute the runs, and exit with their code unless it is 0."""
        if code := self.run():
            sys.exit(code)

    def run(self) -> int:
        """Execute the runs in this process; returns the exit code."""
        accept_any_text()
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
            return run_one(manifest, self.indices[0], log)
        return run_packed(manifest, self.indices)

    def checkpoint(self) -> DelayedSubmission:
        """Return what submitit submits again; all state is in the run folders."""
        return DelayedSubmission(self)


@dataclass(frozen=True)
class DataTask:
    """Make or verify every clip set that a manifest's runs need."""

    manifest: str
    workers: int

    def __call__(self) -> None:
        """Make the clip sets that are missing, and verify the others."""
        accept_any_text()
        manifest = Manifest.read(Path(self.manifest))
        os.environ |= manifest.environment
        try:
            make_or_verify(manifest.clip_sets, data_root(), self.workers)
        except (UserError, OSError) as error:
            if isinstance(error, OSError) and error.filename is None:  # not of a file
                raise
            print(f"Error: {explain(error) if isinstance(error, OSError) else error}", file=sys.stderr)
            sys.exit(2)


def make_or_verify(clip_sets: list[ClipSetSpec | ClipCacheSpec], root: Path, workers: int) -> None:
    """Make the sets that are missing below the data root and check the others.

    Raises:
        UserError: a set is damaged or was made from something else than there is now, or what it is made from cannot
            be had.
    """
    domains = [c for c in clip_sets if isinstance(c, ClipCacheSpec) and c.masks and not c.marker(root).exists()]
    _make_domains(domains, workers)
    for clip_set in clip_sets:
        if isinstance(clip_set, ClipSetSpec):
            _make_or_verify_set(clip_set, root, workers)
        elif clip_set not in domains:
            _make_or_check_cache(clip_set, root, workers)


def _make_or_verify_set(clip_set: ClipSetSpec, root: Path, workers: int) -> None:
    from xdomain.datasets.temporal_shape.clipset import open_set, set_paths
    from xdomain.datasets.temporal_shape.generate import generate

    if clip_set.marker(root).exists():
        open_set(set_paths(clip_set, root)[0])
    else:
        generate(clip_set, root, workers)


def _make_or_check_cache(cache: ClipCacheSpec, root: Path, workers: int) -> None:
    if cache.marker(root).exists():
        from xdomain.datasets.clip_cache.identity import open_current  # on a login node, which has no decoder

        open_current(cache, root)
    else:
        from xdomain.datasets.clip_cache.build import build_cache

        build_cache(cache, root, workers)


def _make_domains(domains: list[ClipCacheSpec], workers: int) -> None:
    """Make all domains of one mask set at once, since each clip is then decoded once."""
    together: dict[tuple[str, str, int, int], list[str]] = {}
    for cache in domains:
        together.setdefault((cache.dataset, cache.masks, cache.frames, cache.side), []).append(cache.part)
    for (dataset, masks, frames, side), parts in together.items():
        options = ["--dataset", dataset, "--masks", masks, "--frames", str(frames), "--side", str(side)]
        command = ["-m", "segment", "domains", *options, "--domain", ",".join(parts), "--workers", str(workers)]
        if subprocess.run([sys.executable, *command], check=False).returncode:
            raise UserError(
                f"The domains {', '.join(parts)} of {dataset} could not be made with the masks {masks!r} (see above). "
                "Make the masks first: python -m segment infer, or launch the segment study."
            )
