"""What was run: the study's grid in a few lines."""

from collections.abc import Iterable

from analysis.diving48.load import display_domain
from analysis.plotting.style import DOMAIN_NAMES
from analysis.report.studies import Reported
from xdomain.models import display_name
from xdomain.specs.shapes import ShapeRun
from xdomain.specs.spec import RunSpec
from xdomain.specs.videos import VideoEvaluation, VideoRun


def facts(study: Reported) -> dict[str, str]:
    """State models, sizes, seeds, what they learned from and what they were evaluated on."""
    specs = [spec for spec, _ in study.runs]
    trainings = [spec for spec in specs if not spec.is_evaluation]
    sources = _distinct(DOMAIN_NAMES.get(spec.source, spec.source) for spec in trainings)
    named = {
        "Study": study.key,
        "Models": _distinct(display_name(spec.model.name) for spec in trainings),
        "Hidden units": _distinct(str(size) for size in sorted({spec.model.hidden for spec in trainings})),
        "Seeds": _distinct(str(spec.seed) for spec in trainings),
        "Split" if study.is_diving else "Trained on": sources,
        "Clips": _distinct(map(_clips, trainings)),
        "Evaluated on": _distinct(_evaluated_on(specs)),
    }
    return {name: value for name, value in named.items() if value}


def _clips(spec: RunSpec) -> str:
    if isinstance(spec, VideoRun):
        data = spec.data
        return f"{data.dataset}, {data.frames} frames of {data.side}×{data.side}, {data.val_clips:,} held out"
    if isinstance(spec, ShapeRun):
        sets = spec.data
        return f"{sets.train_clips:,} training, {sets.val_clips:,} validation, {sets.eval_clips:,} of each domain"
    return ""


def _evaluated_on(specs: list[RunSpec]) -> list[str]:
    domains = [DOMAIN_NAMES[name] for spec in specs for name in spec.targets]
    return domains + [display_domain(spec.evaluates) for spec in specs if isinstance(spec, VideoEvaluation)]


def _distinct(values: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(values))
