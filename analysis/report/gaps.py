"""What a study lacks: runs without a result or that diverged, and the commands that launch them."""

from markupsafe import Markup

from analysis.report.elements.markup import render
from analysis.report.studies import Reported
from analysis.tracing.rerun import commands
from xdomain.runs.run_folder import DIVERGED, NONFINITE

SHOWN = 8  # ids before the rest is folded away


def gaps_html(study: Reported) -> Markup:
    """List the missing runs with the commands that launch them, then the diverged ones."""
    missing = [spec for spec, result in study.runs if result is None]
    diverged = [spec.id for spec, result in study.runs if result is not None and result["status"] == DIVERGED]
    nonfinite = study.loaded.runs.loc[study.loaded.runs["status"] == NONFINITE, "id"].tolist()
    return render(
        "gaps",
        study=study,
        missing=[spec.id for spec in missing],
        commands=commands(missing, {spec.id: spec for spec, _ in study.runs}) if missing else [],
        diverged=diverged,
        nonfinite=nonfinite,
        most=SHOWN,
    )
