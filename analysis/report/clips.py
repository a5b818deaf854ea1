"""Clips that the study's models saw, from its data files where they are on this machine."""

from markupsafe import Markup

from analysis.report.elements.markup import render
from analysis.report.studies import Reported


def clips_html(study: Reported) -> Markup:
    """Show every domain's clips side by side, and say what cannot be shown."""
    players, absent = study.analysis.clips(study.runs)
    return render("clips", players=players, absent=absent)
