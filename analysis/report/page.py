"""The whole page: head, contents, one section per study, and the styles and scripts that it carries."""

import base64
import hashlib
import re
from functools import partial
from importlib.resources import files
from itertools import pairwise

from analysis.report.clips import clips_html
from analysis.report.curves import learning_curves
from analysis.report.elements.figure_html import figure_html
from analysis.report.elements.markup import identifier, listed, subsection, text
from analysis.report.elements.table_html import table_html
from analysis.report.facts import facts_html
from analysis.report.findings import findings_html
from analysis.report.gaps import gaps_html
from analysis.report.leaks import leaks_html
from analysis.report.provenance import provenance_html
from analysis.report.studies import NAMES, Reported
from analysis.runs.load import completeness
from xdomain.runs.run_folder import FINISHED

TITLE = "Recur, Attend or Convolve?"
SUBTITLE = "Whether temporal modeling matters for cross-domain robustness in action recognition: this project's runs"
STYLES = ("page.css", "tables.css", "figures.css", "clips.css", "print.css")
SCRIPTS = ("copy.js", "sort.js", "enlarge.js", "play.js", "contents.js")
LOWEST = 4  # level of the headings of tables and figures
HEADING = re.compile(r'<h([234]) id="([^"]+)">(.*?)</h\1>', re.DOTALL)


def page_html(sections: list[str]) -> str:
    """The page around the studies' sections; it asks for nothing over the network, and says so to the browser."""
    body = "\n".join(sections)
    scripts = f"\n{_assets(SCRIPTS)}"
    digest = base64.b64encode(hashlib.sha256(scripts.encode()).digest()).decode()
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; \
script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'">
<meta name="color-scheme" content="light dark">
<title>{TITLE} Results</title>
<style>
{_assets(STYLES)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the results</a>
<header class="top"><p class="kicker">xdomain · report</p><h1>{TITLE}</h1><p>{SUBTITLE}</p></header>
<div class="columns">
<nav aria-label="Contents"><details class="contents" open><summary>Contents</summary>
{_contents(HEADING.findall(body))}</details></nav>
<main id="main" tabindex="-1">
{body}</main>
</div>
<p id="said" class="unseen" role="status"></p>
<dialog id="enlarged" aria-labelledby="enlarged-title">
<div class="bar"><p id="enlarged-title"></p><button type="button" data-zoom="0.8" aria-label="Smaller">−</button>\
<button type="button" data-zoom="1.25" aria-label="Larger">+</button>\
<button type="button" data-zoom="fit">Fit</button><button type="button" data-zoom="close">Close</button></div>
<div class="stage" tabindex="0" role="group" aria-label="Figure: + and − zoom, arrows move, 0 fits"></div>
</dialog>
<dialog id="by-hand" aria-labelledby="by-hand-title"><p id="by-hand-title">Copy this text by hand (it is selected):</p>
<textarea readonly rows="12" aria-label="Text to copy"></textarea>
<form method="dialog"><button>Close</button></form></dialog>
<script>{scripts}</script>
</body>
</html>
"""


def section_html(study: Reported) -> str:
    """One study: at a glance, what the models see, figures, tables, learning curves, gaps, provenance."""
    name = identifier(study.key)
    done = completeness(study.loaded.runs)
    finished = int((study.loaded.runs["status"] == FINISHED).sum())
    curves = figure_html(partial(learning_curves, study), study.key, "curves")
    drawn = {figure: figure_html(draw, study.key, figure) for figure, draw in study.figures.items()}
    lacking = [figure for figure, picture in drawn.items() if not picture]
    undrawn = [f"{figure} is not drawn: no finished run has what it shows." for figure in lacking]
    parts = {
        "At a glance": (
            f'<p class="done"><strong>{finished}</strong>{text(done.removeprefix(str(finished)))}</p>'
            f'<progress max="{len(study.runs)}" value="{finished}" aria-label="Finished runs"></progress>\n'
            f"{facts_html(study)}{listed(study.loaded.problems, 'warnings')}{findings_html(study)}"
        ),
        "What the models see": clips_html(study) + leaks_html(study),
        "Figures": "".join(drawn.values()) + listed(undrawn, "notes"),
        "Tables": "".join(table_html(table, study.key) for table in study.tables.values()),
        "Learning curves": curves or "<p>No run has a metrics.csv here.</p>",
        "What is missing": gaps_html(study),
        "Provenance": provenance_html(study),
    }
    body = "".join(subsection(study.key, title, part) for title, part in parts.items())
    title = f'<h2 id="{name}">{text(study.title)}</h2>'
    return f'<section class="study" aria-labelledby="{name}">\n{title}\n{body}</section>\n'


def _contents(headings: list[tuple[str, str, str]], level: int = 2) -> str:
    """Nested links to (level, id, title) headings; those to single tables and figures are folded away."""
    starts = [i for i, heading in enumerate(headings) if heading[0] == str(level)]
    items = ""
    for start, end in pairwise([*starts, len(headings)]):
        _, name, title = headings[start]
        below = _contents(headings[start + 1 : end], level + 1) if level < LOWEST else ""
        items += f'<li><a href="#{name}">{_without_study(title) if level == LOWEST else title}</a>{below}</li>\n'
    links = f"<ul>{items}</ul>" if items else ""
    if level < LOWEST:
        return links
    return f"<details><summary>all {len(starts)}</summary>{links}</details>" if len(starts) > 1 else ""


def _without_study(title: str) -> str:
    """ "Temporal Shape: average accuracy" -> "average accuracy", which stands below the study's own link."""
    for name in NAMES.values():
        title = re.sub(rf"{name}[:,] ", "", title, count=1)
    return title


def _assets(names: tuple[str, ...]) -> str:
    folder = files("analysis.report.assets")
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)
