"""Clips that the study's models saw, from its data files where they are on this machine."""

from markupsafe import Markup

from analysis.report.elements.markup import identifier, render
from analysis.report.studies import Reported


def clips_html(study: Reported) -> Markup:
    """Show every domain's clips side by side, and say what cannot be shown."""
    players, absent = study.analysis.clips(study.runs)
    return render("clips", players=players, absent=absent)


def mistakes_html(study: Reported) -> Markup:
    """List clips that models get wrong, and show some in every domain; nothing of a study that names none."""
    found = study.analysis.mistakes(study.loaded, study.tolerance)
    if not found:
        return Markup("")
    players = study.analysis.mistaken_clips(study.loaded, study.runs, study.tolerance)
    clips = render("clips", players=players, absent=[])
    names = [identifier(*one.place) for one in found]
    return render("mistakes", study=identifier(study.key), clips=clips, mistakes=found, names=names)
