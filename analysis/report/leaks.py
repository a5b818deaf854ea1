"""Which evaluation clips also stand in the training clips."""

from markupsafe import Markup

from analysis.report.elements.markup import render
from analysis.report.studies import Reported


def leaks_html(study: Reported) -> Markup:
    """Say how many clips each evaluated set shares with training; nothing of a study that has no such clips."""
    why, *sentences = study.analysis.leaks(study.runs) or [""]
    return render("leaks", why=why, sentences=sentences) if why else Markup("")
