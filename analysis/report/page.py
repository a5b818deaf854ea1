"""The complete page: head, contents, one section per study, and the styles and scripts that it carries."""

import re
from functools import partial
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup

from analysis.report.answer.claims import told_claims
from analysis.report.answer.first_screen import claims_html, first_screen_html
from analysis.report.answer.sentence import Told, title_of
from analysis.report.clips import clips_html, mistakes_html
from analysis.report.curves import learning_curves
from analysis.report.elements.figure_html import figure_html
from analysis.report.elements.markup import identifier, render
from analysis.report.elements.run_numbers import RunNumbers
from analysis.report.elements.table_html import notes_html, shared_notes, table_html
from analysis.report.facts import facts
from analysis.report.findings import findings_html
from analysis.report.gaps import gaps_html
from analysis.report.leaks import leaks_html
from analysis.report.provenance import provenance_html
from analysis.report.studies import Reported
from analysis.results.registry import analyses
from analysis.runs.notes import completeness
from xdomain.runs.run_folder import FINISHED

STYLES = ("page.css", "tables.css", "answer.css", "figures.css", "forest.css", "clips.css", "print.css")
SCRIPTS = ("copy.js", "sort.js", "fit.js", "cells.js", "enlarge.js", "play.js", "contents.js")
LOWEST = 4  # level of the headings of tables and figures
HEADING = re.compile(r'<h([234]) id="([^"]+)">(.*?)</h\1>', re.DOTALL)


class Heading(NamedTuple):
    """A heading of the page, and those below it."""

    name: str  # its id
    title: Markup
    below: list["Heading"]
    is_lowest: bool


def page_html(sections: list[Markup], answers: list[Told]) -> Markup:
    """Make the page around the answer and the studies' sections, which asks for nothing over the network."""
    body = Markup("\n").join(sections)
    titles = {analysis.title for analysis in analyses()} | {answer.title for answer in answers}
    return render(
        "page",
        title=f"Results: {title_of(answers)}",
        first=first_screen_html(answers),
        styles=_assets(STYLES),
        scripts="\n" + _assets(SCRIPTS),
        headings=_contents(HEADING.findall(body), titles),
        body=body,
    )


def section_html(study: Reported) -> Markup:
    """Show one study: what the models see, main figure, claims, contrasts, then details; runs and versions last."""
    finished = int((study.loaded.runs["status"] == FINISHED).sum())
    drawn = {figure: figure_html(draw, study.key, figure) for figure, draw in study.figures.items()}
    runs = RunNumbers(study.loaded.runs["id"])
    shared = shared_notes(study.tables.values())
    tables = [table_html(table, study.key, runs, shared) for table in study.tables.values()]
    main = next(iter(drawn.values()), Markup(""))
    lacking = [figure for figure, picture in drawn.items() if not picture]
    return render(
        "section",
        study=study,
        identifier=identifier,
        finished=finished,
        completeness=completeness(study.loaded.runs).removeprefix(str(finished)),
        facts=facts(study),
        claims=claims_html(told(study)),
        contrasts=findings_html(study.analysis.contrasts(study.tables)),
        findings=findings_html(study.analysis.findings(study.tables)),
        clips=clips_html(study),
        mistakes=mistakes_html(study),
        leaks=leaks_html(study),
        main=main,
        figures=list(drawn.values())[1:],
        undrawn=[f"{figure} is not drawn: no finished run has what it shows." for figure in lacking],
        table=tables[0],
        tables=tables[1:],
        notes=notes_html(study.key, shared),
        run_ids=runs.ids,
        curves=figure_html(partial(learning_curves, study), study.key, "curves"),
        gaps=gaps_html(study),
        provenance=provenance_html(study),
    )


def told(study: Reported) -> Told:
    """Read what the first screen says of a study."""
    finished = int((study.loaded.runs["status"] == FINISHED).sum())
    claims = told_claims(study.tables)
    return Told(study.key, study.title, claims, study.certainty, finished, len(study.loaded.runs), study.question)


def _contents(headings: list[tuple[str, str, str]], studies: set[str], level: int = 2) -> list[Heading]:
    """Make a tree of (level, id, title) headings; those of the studies are left out of the lowest ones."""
    starts = [i for i, heading in enumerate(headings) if heading[0] == str(level)]
    tree = []
    for start, end in pairwise([*starts, len(headings)]):
        _, name, title = headings[start]
        below = _contents(headings[start + 1 : end], studies, level + 1) if level < LOWEST else []
        shown = Markup(_without_study(title, studies) if level == LOWEST else title)
        tree.append(Heading(name, shown, below, level == LOWEST))
    return tree


def _without_study(title: str, studies: set[str]) -> str:
    """Shorten "Temporal Shape: average accuracy" to "average accuracy", which stands below the study's own link."""
    names = "|".join(re.escape(name) for name in sorted(studies))
    return re.sub(rf"(?:{names})[:,] ", "", title, count=1)


def _assets(names: tuple[str, ...]) -> Markup:
    folder = files("analysis.report.assets")
    return Markup("\n".join((folder / name).read_text(encoding="utf-8") for name in names))
