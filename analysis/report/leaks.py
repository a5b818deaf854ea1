"""Which evaluation clips of a Temporal Shape study also stand in its training clips (paper, appendix E.1)."""

from markupsafe import Markup

from analysis.plotting.style import DOMAIN_NAMES
from analysis.report.elements.markup import render
from analysis.report.studies import Reported
from xdomain.core.roots import data_root
from xdomain.datasets.temporal_shape.leakage import leaks
from xdomain.runs.run_folder import VALIDATION
from xdomain.specs.shapes import ShapeRun


def leaks_html(study: Reported) -> Markup:
    """Say how many clips each evaluated set shares with training, a line for each source and recipe of the data."""
    if study.is_diving:
        return Markup("")
    runs = {(spec.source, spec.data): spec for spec, _ in study.runs if isinstance(spec, ShapeRun)}
    return render("leaks", sentences=[_sentence(spec) for spec in runs.values()])


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
