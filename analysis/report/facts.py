"""What was run: the study's grid in a few lines."""

from collections.abc import Iterable

from analysis.report.studies import Reported
from xdomain.models import display_name


def facts(study: Reported) -> dict[str, str]:
    """State models, sizes, seeds, what they learned from and what they were evaluated on."""
    trainings = [spec for spec, _ in study.runs if not spec.is_evaluation]
    sizes = {spec.model.hidden for spec in trainings if spec.model.has_size}
    named = {
        "Study": [study.key],
        "Models": (display_name(spec.model.key) for spec in trainings),
        "Hidden units": map(str, sorted(sizes)),
        "Seeds": (str(spec.seed) for spec in trainings),
        **study.analysis.facts(study.runs),
    }
    stated = {name: _distinct(values) for name, values in named.items()}
    return {name: value for name, value in stated.items() if value}


def _distinct(values: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(values))
