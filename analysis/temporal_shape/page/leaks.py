"""Which evaluation clips of a Temporal Shape study also stand in its training clips (paper, appendix E.1)."""

from analysis.plotting.style import DOMAIN_NAMES
from analysis.studies.base import Runs
from xdomain.core.roots import data_root
from xdomain.datasets.temporal_shape.leakage import leaks
from xdomain.runs.run_folder import VALIDATION
from xdomain.specs.shapes import ShapeRun

WHY = """\
Clips are drawn with replacement, so that some evaluation clips equal a training clip, pixel for pixel. The paper
(appendix E.1) estimates 22 of 1,000 validation clips of 2Dot."""


def shape_leaks(runs: Runs) -> list[str]:
    """Say how many clips each evaluated set shares with training, a line for each source and recipe of the data."""
    distinct = {(spec.source, spec.data): spec for spec, _ in runs if isinstance(spec, ShapeRun)}
    return [WHY, *(_sentence(spec) for spec in distinct.values())]


def _sentence(spec: ShapeRun) -> str:
    found = leaks(spec, data_root())
    counted = [f"{_name(name, spec)} {leak}" for name, leak in found.items() if leak]
    unknown = [_name(name, spec) for name, leak in found.items() if not leak]
    start = f"Trained on {DOMAIN_NAMES[spec.source]}, {spec.data.train_clips:,} clips: "
    parts = [f"also in training are {'; '.join(counted)}"] if counted else []
    if unknown:
        parts.append(f"not counted, for want of data on this machine: {', '.join(unknown)}")
    return start + "; ".join(parts) + "."


def _name(evaluated: str, spec: ShapeRun) -> str:
    if evaluated == VALIDATION:
        return "validation"
    return f"{DOMAIN_NAMES[evaluated]}{' (held out)' if evaluated == spec.source else ''}"
