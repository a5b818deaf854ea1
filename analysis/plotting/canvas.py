"""A figure of panels over a foot with legend and notes, and its files: equal input makes equal bytes."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.textpath import text_to_path

from analysis.plotting.style import ModelStyle
from xdomain.core.files import atomic_file

WIDTH = 7.2  # inches, a page of two columns
MARGIN = 0.09  # inches, on either side of the note
LINE = 0.155  # inches, a line of the note
SMALLEST = 8  # points: no letter of a figure is smaller, printed at its width
LEGEND_COLUMNS = 5
FONT = "DejaVu Sans"
TITLE = 0.3  # inches
LOOK: dict[Any, Any] = {
    "font.family": FONT,  # ships with matplotlib, so every machine draws the same letters
    "font.size": SMALLEST,
    "axes.titlesize": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.4,
    "lines.markersize": 3.8,
    "pdf.fonttype": 42,
}
GREY = "#555555"  # of lines that are no model's
CHANCE_LOOK: dict[str, Any] = {"color": GREY, "linewidth": 0.9, "linestyle": (0, (2, 2)), "zorder": 1}
_UNDATED = {"png": {"Software": None}, "pdf": {"CreationDate": None, "Creator": None, "Producer": None}}


def panels(
    rows: int,
    columns: int,
    height: float,
    title: str,
    legend: list[Line2D],
    note: str,
    warning: str,
    legend_columns: int = LEGEND_COLUMNS,
) -> tuple[Figure, Any]:
    """Make a figure and its (rows, columns) array of axes with one y axis.

    Args:
        rows: of axes.
        columns: of axes.
        height: of the panels, in inches; title and foot come on top of it.
        title: stands above all axes.
        legend: handles; each carries its label.
        note: what is averaged over what; wrapped to the width.
        warning: what is missing; stands out below the note. May be empty.
        legend_columns: fewer for longer labels.
    """
    noted, warned = wrapped(note), wrapped(warning, "bold")
    legend_rows = -(-len(legend) // legend_columns)
    foot = 0.24 * legend_rows + LINE * (len(noted) + len(warned)) + 0.1
    figure = Figure(figsize=(WIDTH, TITLE + height + foot), layout="constrained")
    halves: Any = figure.subfigures(2, 1, height_ratios=[TITLE + height, foot], hspace=0)
    upper, lower = halves
    upper.suptitle(title, fontsize=9.5, fontweight="bold")
    axes = upper.subplots(rows, columns, sharey=True, squeeze=False)
    lower.legend(
        handles=legend,
        loc="upper center",
        ncols=min(len(legend), legend_columns),
        frameon=False,
        handlelength=3,
    )
    text: dict[str, Any] = {"x": MARGIN / WIDTH, "fontsize": SMALLEST, "va": "bottom", "linespacing": 1.3}
    lower.text(y=(0.05 + LINE * len(warned)) / foot, s="\n".join(noted), color="#333333", **text)
    lower.text(y=0.05 / foot, s="\n".join(warned), color="#A00000", fontweight="bold", **text)
    return figure, axes


def model_handles(styles: dict[str, ModelStyle]) -> list[Line2D]:
    """Make the models' entries of a legend."""
    return [
        Line2D([], [], color=s.color, marker=s.marker, linestyle=s.linestyle, label=s.label, fillstyle=s.fillstyle)
        for s in styles.values()
    ]


def wrapped(text: str, weight: str = "normal") -> list[str]:
    """Break a note into lines that fit the figure's width, by the widths of its letters."""
    font = FontProperties(family=FONT, size=SMALLEST, weight=weight)

    def width(part: str) -> float:
        return text_to_path.get_text_width_height_descent(part, font, ismath=False)[0] / 72  # inches

    lines: list[list[str]] = []
    used, space = float("inf"), width(" ")
    for word in text.split():
        used += space + width(word)
        if used > WIDTH - 2 * MARGIN:
            lines.append([])
            used = width(word)
        lines[-1].append(word)
    return [" ".join(words) for words in lines]


def draw_line(axes: Axes, x: Any, mean: Any, low: Any, high: Any, style: ModelStyle) -> None:
    """Draw a model's means with a band from `low` to `high`; where these are absent there is none."""
    axes.plot(x, mean, color=style.color, marker=style.marker, linestyle=style.linestyle)
    axes.fill_between(x, low, high, color=style.color, alpha=0.15, linewidth=0)


def label_ends(axes: Axes, ends: list[tuple[float, float, ModelStyle]], gap: float) -> None:
    """Write each model's name beside the end of its line, in its colour, at least `gap` apart and else near its end.

    Args:
        axes: where the lines are.
        ends: x, y and look of each.
        gap: in the unit of the y axis.
    """
    right = max((x for x, _, _ in ends), default=0)
    ends = sorted(ends, key=lambda end: end[1])
    # Names that would touch stand evenly around the middle of their lines' ends.
    groups: list[list[float]] = []
    for _, y, _ in ends:
        groups.append([y])
        while len(groups) > 1 and _lowest(groups[-1], gap) - _highest(groups[-2], gap) < gap:
            groups[-2:] = [groups[-2] + groups[-1]]
    places = [_lowest(group, gap) + gap * i for group in groups for i in range(len(group))]
    look: dict[str, Any] = {"textcoords": "offset points", "fontsize": SMALLEST, "va": "center"}
    for place, (_, _, style) in zip(places, ends, strict=True):
        axes.annotate(style.label, (right, place), (5, 0), color=style.color, **look)


def _lowest(group: list[float], gap: float) -> float:
    return sum(group) / len(group) - gap * (len(group) - 1) / 2


def _highest(group: list[float], gap: float) -> float:
    return sum(group) / len(group) + gap * (len(group) - 1) / 2


def render(draw: Callable[[], Figure | None], folder: Path, name: str) -> list[Path]:
    """Draw in the project's look; write `<name>.png` (200 dots per inch) and `<name>.pdf` (TrueType letters).

    Returns the paths; none where `draw` finds nothing to draw.
    """
    paths = []
    with mpl.rc_context(LOOK):
        figure = draw()
        if figure is None:
            return []
        for suffix, metadata in _UNDATED.items():
            picture = io.BytesIO()
            figure.savefig(picture, format=suffix, dpi=200, metadata=metadata)
            paths.append(folder / f"{name}.{suffix}")
            with atomic_file(paths[-1]) as file:
                file.write(picture.getvalue())
    return paths
