"""Estimates with their intervals as rows of dots and whiskers, drawn in plain HTML that narrows with the screen.

`templates/findings.html` draws them.
"""

import math
from dataclasses import dataclass

from analysis.plotting.style import ModelStyle
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

    @property
    def marker(self) -> str:
        """The model's marker as an SVG path."""
        return MARKERS[self.style.marker]

    @property
    def has_value(self) -> bool:
        """Whether there is a dot to draw."""
        return not math.isnan(self.estimate.value)

    @property
    def has_interval(self) -> bool:
        """Whether there is a whisker to draw."""
        return not math.isnan(self.estimate.low)


@dataclass(frozen=True)
class Panel:
    """Rows on one scale from 0 to `top`, with a line at `reference`."""

    title: str
    rows: tuple[Row, ...]
    top: float
    reference: float
    reference_name: str

    def place(self, value: float) -> str:
        """Return where a value is on the scale, as CSS: "41.20%"."""
        return f"{100 * min(max(value / self.top, 0), 1):.2f}%"
