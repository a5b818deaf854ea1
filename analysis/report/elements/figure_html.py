"""Figures as SVG inside the page. Letters are outlines and look alike everywhere; equal input makes equal bytes."""

import io
import re
from collections.abc import Callable

import matplotlib as mpl
from matplotlib.figure import Figure

from analysis.plotting.canvas import LOOK
from analysis.report.elements.markup import identifier, text

OUTLINES = {"svg.fonttype": "path", "svg.hashsalt": "xdomain"}
UNDATED = {"Date": None, "Creator": None}


def figure_html(draw: Callable[[], Figure | None], study: str, name: str) -> str:
    """The figure under its title with a button that enlarges it; empty where there is nothing to draw."""
    with mpl.rc_context(LOOK | OUTLINES):
        figure = draw()
        if figure is None:
            return ""
        title = next(part.get_suptitle() for part in figure.subfigs if part.get_suptitle())
        picture = io.StringIO()
        figure.savefig(picture, format="svg", metadata=UNDATED, transparent=True)
    place = identifier(study, name)
    shown = _inline(picture.getvalue(), place, title)
    return f"""<figure class="drawn" id="{place}" aria-labelledby="{place}-title">
<div class="titled"><h4 id="{place}-title">{text(_numbered(name, title))}</h4>
<div class="tools"><button type="button" class="enlarge" aria-haspopup="dialog" \
aria-label="Enlarge: {text(title)}">Enlarge</button></div></div>
<div class="sheet" tabindex="0" role="group" aria-label="{text(title)}">{shown}</div>
</figure>
"""


def _numbered(name: str, title: str) -> str:
    """ "fig3" -> "Fig. 3 · title"; a figure that the paper does not have has no number."""
    number = re.match(r"fig(\d+)", name)
    return f"Fig. {number[1]} · {title}" if number else title


def _inline(svg: str, place: str, title: str) -> str:
    """The svg element alone, with names of its own in a page of many, and no more digits than a screen shows."""
    element = svg[svg.index("<svg ") :]
    element = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", element, flags=re.DOTALL)
    # Matplotlib makes some names of memory addresses, and a page of many pictures needs distinct ones.
    names = {name: f"{place}-{i}" for i, name in enumerate(re.findall(r'\bid="([^"]+)"', element))}
    element = re.sub(r'(\bid="|href="#|url\(#)([^")]+)', lambda part: part[1] + names[part[2]], element)
    element = re.sub(r' (?:d|x|y|points)="[^"]*"', lambda part: re.sub(r"(\.\d\d)\d+", r"\1", part[0]), element)
    element = re.sub(r'(<svg [^>]*?) height="[^"]*"([^>]*?) width="[^"]*"', r"\1\2", element)
    element = re.sub(r'(<svg [^>]*?) width="[^"]*"([^>]*?) height="[^"]*"', r"\1\2", element)
    return element.replace("<svg ", f'<svg role="img" aria-label="{text(title)}" ', 1)
