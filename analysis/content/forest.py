"""Estimates with their intervals as rows of dots and whiskers, drawn in plain HTML that narrows with the screen.

`templates/forest.html` draws them.
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
PLAIN_STYLE = ModelStyle("", "#00457F", "o", "-")  # of what is no single model's
NO_NUMBER = Estimate(math.nan)
STEPS = (1, 2, 5, 10)  # of ticks, times a power of ten
MOST_TICKS = 5
LEAST_SPAN = 1e-9  # below it is rounding's
NARROWEST = 13  # letters that fit along the narrowest axis: 7rem less its margins, at 0.75rem


@dataclass(frozen=True)
class Row:
    """One estimate and how it reads; the paper's value, where it printed one, stands as a line of its own."""

    style: ModelStyle
    estimate: Estimate
    shown: str  # such as "41.2 % [40.1, 42.3]"
    over: str = ""  # such as "8/8", where that differs between rows
    name: str = ""  # instead of the style's label
    published: Estimate = NO_NUMBER
    link: str = ""  # what on the page tells more of it

    @property
    def label(self) -> str:
        """What the row is of."""
        return self.name or self.style.label

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

    @property
    def is_published(self) -> bool:
        """Whether the paper printed a value."""
        return not math.isnan(self.published.value)


@dataclass(frozen=True)
class Panel:
    """Rows on one scale from `bottom` to `top`, with a line at `reference`."""

    title: str
    rows: tuple[Row, ...]
    top: float
    reference: float
    reference_name: str
    bottom: float = 0
    unit: float = 1  # what the ticks count in: 0.01 where values are shown in percent

    @property
    def has_reference(self) -> bool:
        """Whether there is a line to draw."""
        return not math.isnan(self.reference)

    @property
    def has_published(self) -> bool:
        """Whether the paper printed a value of some row."""
        return any(row.is_published for row in self.rows)

    @property
    def ticks(self) -> list[tuple[str, str, bool]]:
        """Places and labels below the rows, and which of them a narrow axis has no room for."""
        span = (self.top - self.bottom) / self.unit
        step = tick_step(span)
        first, last = math.ceil(self.bottom / self.unit / step - 1e-9), math.floor(self.top / self.unit / step + 1e-9)
        labels = {k: f"{step * k:g}".replace("-", "−") for k in range(first, last + 1)}
        start = min(max(0, first), last)  # 0 stays, where it is there
        sizes = range(1, len(labels) + 1)
        thinned = ({k: label for k, label in labels.items() if (k - start) % n == 0} for n in sizes)
        kept = next(some for n, some in zip(sizes, thinned, strict=True) if _has_room(some, n * step / span))
        return [(self.place(step * k * self.unit), label, k not in kept) for k, label in labels.items()]

    def place(self, value: float) -> str:
        """Return where a value is on the scale, as CSS: "41.20%"."""
        return f"{100 * min(max((value - self.bottom) / (self.top - self.bottom), 0), 1):.2f}%"


def tick_step(span: float) -> float:
    """Choose a round step that makes at most five ticks."""
    power = 10.0 ** math.floor(math.log10(span / MOST_TICKS))
    return next(round(power * step, 12) for step in STEPS if power * step * MOST_TICKS >= span * (1 - 1e-9))


def _has_room(labels: dict[int, str], apart: float) -> bool:
    """Tell whether labels at this distance, a share of the narrowest axis, leave a letter between them."""
    return len(labels) == 1 or NARROWEST * apart >= max(map(len, labels.values())) + 1


def scaled(title: str, rows: tuple[Row, ...], reference: float, reference_name: str) -> Panel:
    """Make a panel whose scale holds all rows, the paper's values and the reference line."""
    values = [reference, *(row.published.value for row in rows)]
    values += [end for row in rows for end in (row.estimate.value, row.estimate.low, row.estimate.high)]
    known = [value for value in values if not math.isnan(value)] or [0.0]
    low, high = min(known), max(known)
    margin = 0.06 * (high - low) if high - low > LEAST_SPAN else 0.5
    return Panel(title, rows, high + margin, reference, reference_name, low - margin)
