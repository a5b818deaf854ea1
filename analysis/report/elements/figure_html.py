"""Figures as SVG inside the page. Letters are outlines and look alike everywhere; equal input makes equal bytes."""

import io
import re
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.figure import Figure

from analysis.plotting.canvas import LOOK
from analysis.report.elements.markup import identifier, render

OUTLINES: dict[Any, Any] = {"svg.fonttype": "path", "svg.hashsalt": "xdomain"}
UNDATED = {"Date": None, "Creator": None}


def figure_html(draw: Callable[[], Figure | None], study: str, name: str) -> Markup:
    """Show the figure under its title with a button that enlarges it; empty where there is nothing to draw."""
    with mpl.rc_context(LOOK | OUTLINES):
        figure = draw()
        if figure is None:
            return Markup("")
        title = next(part.get_suptitle() for part in figure.subfigs if part.get_suptitle())
        picture = io.StringIO()
        figure.savefig(picture, format="svg", metadata=UNDATED, transparent=True)
    name_here = identifier(study, name)
    drawing = _inline(picture.getvalue(), name_here, title)
    return render("figure", name=name_here, title=title, numbered=_numbered(name, title), drawing=drawing)


def _numbered(name: str, title: str) -> str:
    """Make "Fig. 3 · title" of "fig3"; a figure that the paper does not have has no number."""
    number = re.match(r"fig(\d+)", name)
    return f"Fig. {number[1]} · {title}" if number else title


def _inline(svg: str, place: str, title: str) -> Markup:
    """Return the svg element alone, with names of its own in a page of many, and no more digits than a screen shows."""
    element = svg[svg.index("<svg ") :]
    element = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", element, flags=re.DOTALL)
    # Matplotlib makes some names of memory addresses, and a page of many pictures needs distinct ones.
    names = {name: f"{place}-{i}" for i, name in enumerate(re.findall(r'\bid="([^"]+)"', element))}
    element = re.sub(r'(\bid="|href="#|url\(#)([^")]+)', lambda part: part[1] + names[part[2]], element)
    element = re.sub(r' (?:d|x|y|points)="[^"]*"', lambda part: re.sub(r"(\.\d\d)\d+", r"\1", part[0]), element)
    element = re.sub(r'(<svg [^>]*?) height="[^"]*"([^>]*?) width="[^"]*"', r"\1\2", element)
    element = re.sub(r'(<svg [^>]*?) width="[^"]*"([^>]*?) height="[^"]*"', r"\1\2", element)
    return Markup('<svg role="img" aria-label="{}" ').format(title) + Markup(element.removeprefix("<svg "))
