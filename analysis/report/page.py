"""The complete page: head, contents, one section per study, and the styles and scripts that it carries."""

import re
from functools import partial
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup

from analysis.report.clips import clips_html
from analysis.report.curves import learning_curves
from analysis.report.elements.figure_html import figure_html
from analysis.report.elements.markup import identifier, render
from analysis.report.elements.table_html import table_html
from analysis.report.facts import facts
from analysis.report.findings import findings_html
from analysis.report.gaps import gaps_html
from analysis.report.leaks import leaks_html
from analysis.report.provenance import provenance_html
from analysis.report.studies import Reported
from analysis.results.registry import analyses
from analysis.runs.load import completeness
from xdomain.runs.run_folder import FINISHED

TITLE = "Recur, Attend or Convolve?"
SUBTITLE = "Whether temporal modeling matters for cross-domain robustness in action recognition: this project's runs"
STYLES = ("page.css", "tables.css", "figures.css", "clips.css", "print.css")
SCRIPTS = ("copy.js", "sort.js", "enlarge.js", "play.js", "contents.js")
LOWEST = 4  # level of the headings of tables and figures
HEADING = re.compile(r'<h([234]) id="([^"]+)">(.*?)</h\1>', re.DOTALL)


class Heading(NamedTuple):
    """A heading of the page, and those below it."""

    name: str  # its id
    title: Markup
    below: list["Heading"]
    is_lowest: bool


def page_html(sections: list[Markup]) -> Markup:
    """Make the page around the studies' sections; it asks for nothing over the network, and says so to the browser."""
    body = Markup("\n").join(sections)
    return render(
        "page",
        title=f"{TITLE} Results",
        heading=TITLE,
        subtitle=SUBTITLE,
        styles=_assets(STYLES),
        scripts="\n" + _assets(SCRIPTS),
        headings=_contents(HEADING.findall(body)),
        body=body,
    )


def section_html(study: Reported) -> Markup:
    """Show one study: at a glance, what the models see, figures, tables, learning curves, gaps, provenance."""
    finished = int((study.loaded.runs["status"] == FINISHED).sum())
    drawn = {figure: figure_html(draw, study.key, figure) for figure, draw in study.figures.items()}
    lacking = [figure for figure, picture in drawn.items() if not picture]
    return render(
        "section",
        study=study,
        identifier=identifier,
        finished=finished,
        completeness=completeness(study.loaded.runs).removeprefix(str(finished)),
        facts=facts(study),
        findings=findings_html(study),
        clips=clips_html(study),
        leaks=leaks_html(study),
        figures=drawn.values(),
        undrawn=[f"{figure} is not drawn: no finished run has what it shows." for figure in lacking],
        tables=[table_html(table, study.key) for table in study.tables.values()],
        curves=figure_html(partial(learning_curves, study), study.key, "curves"),
        gaps=gaps_html(study),
        provenance=provenance_html(study),
    )


def _contents(headings: list[tuple[str, str, str]], level: int = 2) -> list[Heading]:
    """Make a tree of (level, id, title) headings."""
    starts = [i for i, heading in enumerate(headings) if heading[0] == str(level)]
    tree = []
    for start, end in pairwise([*starts, len(headings)]):
        _, name, title = headings[start]
        below = _contents(headings[start + 1 : end], level + 1) if level < LOWEST else []
        shown = Markup(_without_study(title) if level == LOWEST else title)
        tree.append(Heading(name, shown, below, level == LOWEST))
    return tree


def _without_study(title: str) -> str:
    """Shorten "Temporal Shape: average accuracy" to "average accuracy", which stands below the study's own link."""
    for analysis in analyses():
        title = re.sub(rf"{re.escape(analysis.title)}[:,] ", "", title, count=1)
    return title


def _assets(names: tuple[str, ...]) -> Markup:
    folder = files("analysis.report.assets")
    return Markup("\n".join((folder / name).read_text(encoding="utf-8") for name in names))
