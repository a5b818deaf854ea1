"""What a study lacks: runs without a result or that diverged, and the command that launches them."""

from markupsafe import Markup

from analysis.report.elements.markup import render
from analysis.report.studies import Reported
from analysis.tracing.relaunch import launch_command
from xdomain.runs.run_folder import DIVERGED, NONFINITE

SHOWN = 8  # ids before the rest is folded away


def gaps_html(study: Reported) -> Markup:
    """List the missing runs with the command that launches them, then the diverged ones."""
    missing = [spec.id for spec, result in study.runs if result is None]
    diverged = [spec.id for spec, result in study.runs if result is not None and result["status"] == DIVERGED]
    nonfinite = study.loaded.runs.loc[study.loaded.runs["status"] == NONFINITE, "id"].tolist()
    return render(
        "gaps",
        study=study,
        missing=missing,
        launch=launch_command(missing),
        diverged=diverged,
        nonfinite=nonfinite,
        most=SHOWN,
    )
