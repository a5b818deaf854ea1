"""A study's main findings, in numbers and a sentence each."""

from markupsafe import Markup

from analysis.report.elements.markup import render
from analysis.report.studies import Reported


def findings_html(study: Reported) -> Markup:
    """Show the findings of every setting of the study."""
    return render("findings", findings=study.analysis.findings(study.tables))
