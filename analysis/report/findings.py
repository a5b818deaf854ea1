"""Findings in numbers, a sentence each, and forests of their estimates."""

from markupsafe import Markup

from analysis.content.finding import Finding
from analysis.report.elements.markup import render


def findings_html(findings: list[Finding]) -> Markup:
    """Show findings of a study."""
    return render("findings", findings=findings)
