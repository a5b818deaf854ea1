"""Estimates with their intervals as rows of dots and whiskers, drawn in plain HTML: it narrows with the screen."""

import math
from dataclasses import dataclass

from analysis.plotting.style import ModelStyle
from analysis.report.elements.markup import text
from analysis.table.tables import Estimate

# Matplotlib's markers as SVG paths in a box from -5 to 5
MARKERS = {
    "o": "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0",
    "s": "M-3.6,-3.6h7.2v7.2h-7.2z",
    "^": "M0,-4.4L4.4,3.6H-4.4z",
    "v": "M0,4.4L4.4,-3.6H-4.4z",
    "D": "M0,-4.8L4.8,0L0,4.8L-4.8,0z",
    "P": "M-1.6,-4.6h3.2v3h3v3.2h-3v3h-3.2v-3h-3v-3.2h3z",
    "X": "M-4.4,-2.4L-2.4,-4.4L0,-2L2.4,-4.4L4.4,-2.4L2,0L4.4,2.4L2.4,4.4L0,2L-2.4,4.4L-4.4,2.4L-2,0z",
    "*": "M0,-5L1.3,-1.6L5,-1.5L2.1,0.8L3.1,4.4L0,2.3L-3.1,4.4L-2.1,0.8L-5,-1.5L-1.3,-1.6z",
}


@dataclass(frozen=True)
class Row:
    """One model's estimate and how it reads."""

    style: ModelStyle
    estimate: Estimate
    shown: str  # such as "41.2 % [40.1, 42.3]"
    over: str = ""  # such as "8/8", where that differs between rows


@dataclass(frozen=True)
class Panel:
    """Rows on one scale from 0 to `top`, with a line at `reference`."""

    title: str
    rows: tuple[Row, ...]
    top: float
    reference: float
    reference_name: str


def forest_html(panels: list[Panel]) -> str:
    """Panels side by side where there is room."""
    return f'<div class="forest">{"".join(map(_panel, panels))}</div>\n'


def _panel(panel: Panel) -> str:
    rows = "".join(_row(row, panel) for row in panel.rows)
    line = f"line: {panel.reference_name}"
    return f'<div class="panel"><h5>{text(panel.title)} <small>{text(line)}</small></h5><ul>{rows}</ul></div>\n'


def _row(row: Row, panel: Panel) -> str:
    def place(value: float) -> str:
        return f"{100 * min(max(value / panel.top, 0), 1):.2f}%"

    value, low, high = row.estimate.value, row.estimate.low, row.estimate.high
    drawn = f'<i class="reference" style="left:{place(panel.reference)}"></i>'
    if not math.isnan(low):
        drawn += f'<i class="whisker" style="left:{place(low)};right:calc(100% - {place(high)})"></i>'
    if not math.isnan(value):
        drawn += f'<i class="dot" style="left:{place(value)}">{marker(row.style)}</i>'
    over = f" <small>{text(row.over)}</small>" if row.over else ""
    return (
        f'<li style="--color:{row.style.color}"><span class="name">{text(row.style.label)}{over}</span>'
        f'<span class="track" aria-hidden="true">{drawn}</span><span class="value">{text(row.shown)}</span></li>'
    )


def marker(style: ModelStyle) -> str:
    """A model's marker, in the element's `--color`."""
    return f'<svg class="marker" viewBox="-6 -6 12 12" aria-hidden="true"><path d="{MARKERS[style.marker]}"/></svg>'
