"""What Slurm's queue shows of a job: a name that tells in its first letters what it is, and a comment with the rest."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from xdomain.execute.registry import study_of
from xdomain.specs.spec import RunSpec

if TYPE_CHECKING:
    from xdomain.schema.launch import Manifest

PROJECT = "xdomain"  # the first word of every comment


def launch_name(manifest: "Manifest") -> str:
    """Name a launch's jobs, such as `ts.2dot.convlstm.h2-48.97d9`: what they carry, and the launch's last letters.

    squeue shows eight letters of a name where it is not asked for more (`squeue --me --format="%.12i %.40j %k"`).
    """
    runs = manifest.runs
    own = (_one_of((spec.place for spec in runs), "sources"), _one_of((spec.model.key for spec in runs), "models"))
    return ".".join((runs[0].study_key, *own, _sizes(runs), manifest.stamp.rpartition("-")[2]))


def launch_comment(manifest: "Manifest") -> str:
    """Say what a launch's jobs carry, for `squeue --format=%k` and `sacct --format=comment`."""
    runs = manifest.runs
    parts = [
        f"{PROJECT} {runs[0].study_key}: {len(runs)} runs of {', '.join(dict.fromkeys(s.model.key for s in runs))}",
        _sizes(runs),
        ", ".join(dict.fromkeys(spec.place for spec in runs)),
        f"seeds {' '.join(dict.fromkeys(str(spec.seed) for spec in runs))}",
        study_of(runs[0].study).label(runs),
    ]
    return "; ".join(filter(None, parts))


def step_name(study: str, step: str) -> str:
    """Name the job of a step that carries no runs, such as `ts.tables`."""
    return f"{study}.{step}"


def step_comment(study: str, what: str) -> str:
    """Say what such a job does."""
    return f"{PROJECT} {study}: {what}"


def _one_of(values: Iterable[str], many: str) -> str:
    distinct = list(dict.fromkeys(values))
    return distinct[0] if len(distinct) == 1 else f"{len(distinct)}{many}"


def _sizes(runs: Iterable[RunSpec]) -> str:
    sizes = sorted({spec.model.hidden for spec in runs})
    return f"h{sizes[0]}" if len(sizes) == 1 else f"h{sizes[0]}-{sizes[-1]}"
