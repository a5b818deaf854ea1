r"""A table for the paper: booktabs, decimals below each other, never wider than the page, notes below it.

The paper's values stand in a row of their own below ours. A long table becomes a `longtable`, which LaTeX can only set
in one column: it takes pages of its own.
"""

import math
import re
import textwrap
from typing import Any, NamedTuple

from analysis.table.formats import EMPTY, Join, cell_text
from analysis.table.tables import INCOMPLETE, Column, Estimate, Table, best_cells
from xdomain.core.names import one_line

LONG = 45  # lines of a table that has pages of its own
TEXT = 26  # characters of a text column before it breaks
PAGE, SMALL_PAGE = 106, 120  # characters across two columns, in footnotesize and in scriptsize
GAP = 2  # characters that a column's white space is as wide as
_ESCAPES = {
    "\\": r"\textbackslash{}",
    **{c: f"\\{c}" for c in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "÷": r"$\div$",
    "−": "$-$",
    "–": "--",
    "′": r"$'$",
    "Δ": r"$\Delta$",
    "α": r"$\alpha$",
    "β": r"$\beta$",
    "·": r"$\cdot$",
    "→": r"$\to$",
    "≥": r"$\ge$",
    "√": r"$\surd$",
    "½": r"$\frac12$",
    INCOMPLETE: r"$^\dagger$",
}
_NUMBER = re.compile(r"([+\-−]?)(\d[\d,]*)")
# In a document of two columns, set what follows in one, and go back afterwards.
_ONE_COLUMN = r"\makeatletter\if@twocolumn\gdef\backtocolumns{\twocolumn}\else\gdef\backtocolumns{}\fi\makeatother"


class _Place(NamedTuple):
    """How a column is set."""

    column: Column
    width: int  # characters
    least: int  # characters of the longest word, which cannot break
    breaks: bool
    digits: int  # of the longest whole part; 0 in a column of text
    signed: bool


def to_latex(table: Table) -> str:
    """Write the table; the best values of each group are bold, the caption is the title alone."""
    columns = [column for column in table.columns if not column.under]
    below = {column.under: column for column in table.columns if column.under}
    places = _fitted([_place(table, column, below.get(column.key)) for column in columns])
    across = sum(place.width + GAP for place in places)
    is_long = _height(table, places, below) > LONG
    size = r"\footnotesize" if across <= PAGE else r"\scriptsize"
    size += rf"\setlength{{\tabcolsep}}{{{3 if across <= PAGE else 2.5}pt}}"
    spec = "".join(_spec(place, across) for place in places)
    head = [" & ".join(_title(place) for place in places) + r" \\"]
    body = [line for rows in table.groups() for line in (r"\midrule", *_lines(rows, places, below))]
    caption = rf"\caption{{{escape(table.title)}.}}"
    label = rf"\label{{tab:{_label(table.name)}}}"
    notes = rf"{{\scriptsize\raggedright {escape(' '.join(table.notes))}\par}}"
    if is_long:
        top = [
            rf"{caption}{label}\tabularnewline",
            r"\toprule",
            *head,
            r"\endfirsthead",
            r"\toprule",
            *head,
            r"\midrule",
            r"\endhead",
        ]
        lines = [
            "% needs booktabs and longtable",
            rf"{_ONE_COLUMN}\onecolumn",
            rf"\begingroup{size}\setlength{{\LTcapwidth}}{{\textwidth}}",
            rf"\begin{{longtable}}{{{spec}}}",
            *top,
            r"\bottomrule",
            r"\endlastfoot",
            *body,
            r"\end{longtable}",
            r"\endgroup",
            notes,
            r"\backtocolumns",
        ]
    else:
        lines = [
            "% needs booktabs",
            r"\begin{table*}",
            rf"\centering{size}",
            caption,
            label,
            rf"\begin{{tabular}}{{{spec}}}",
            r"\toprule",
            *head,
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            r"\par\smallskip",
            notes,
            r"\end{table*}",
        ]
    return "\n".join([*lines, ""])


def escape(text: str) -> str:
    """Escape text so that LaTeX prints it literally."""
    return "".join(_ESCAPES.get(character, character) for character in one_line(text))


def _place(table: Table, column: Column, below: Column | None) -> _Place:
    """Measure a column: its letters, and the digits before its decimal points."""
    texts = [cell_text(row, column) for row in table.rows]
    texts += [cell_text(row, below) for row in table.rows] if below else []
    shown = [text for text in texts if text not in ("", EMPTY)]
    found = [match for text in shown if (match := _NUMBER.match(text))]
    is_number = bool(found) and all(_NUMBER.match(text) or _is_why(table, column, text) for text in shown)
    word = max(len(part) for part in column.title.split())
    least = 1 + max([word, *(len(part) for text in shown for part in text.split())])
    longest = max([word, *map(len, shown)])
    breaks = not is_number and longest > TEXT
    digits = max((len(match[2]) for match in found), default=0) if is_number else 0
    return _Place(
        column, max(least, TEXT) if breaks else longest, least, breaks, digits, any(match[1] for match in found)
    )


def _is_why(table: Table, column: Column, text: str) -> bool:
    """Whether a text of a column stands where an estimate has no value."""
    values = [row.get(column.key) for row in table.rows]
    return any(isinstance(value, Estimate) and value.why == text for value in values)


def _fitted(places: list[_Place]) -> list[_Place]:
    """Let the widest columns break until the table fits the page; numbers break behind their value."""
    while sum(place.width + GAP for place in places) > SMALL_PAGE:
        i = max(range(len(places)), key=lambda number: places[number].width - places[number].least)
        if places[i].width <= places[i].least:
            break
        places = [*places[:i], _narrowed(places[i]), *places[i + 1 :]]
    return places


def _narrowed(place: _Place) -> _Place:
    """Make a column a tenth narrower and let it break."""
    return place._replace(width=max(place.least, math.floor(0.9 * place.width)), breaks=True)


def _height(table: Table, places: list[_Place], below: dict[str, Column]) -> int:
    """Count the lines of a table, with those that breaking columns make."""
    lines = [max(math.ceil(len(cell_text(row, place.column)) / place.width) for place in places) for row in table.rows]
    return sum(max(line, 1) for line in lines) + len(table.rows) * bool(below)


def _spec(place: _Place, across: int) -> str:
    if not place.breaks:
        return "l"
    share = 0.97 * place.width / max(across, PAGE)
    return rf">{{\raggedright\arraybackslash}}p{{{share:.3f}\textwidth}}"


def _title(place: _Place) -> str:
    """Break a title that is longer than what stands below it."""
    if place.breaks:
        return escape(place.column.title)
    lines = textwrap.wrap(place.column.title, max(place.width, 4), break_long_words=False) or [""]
    if len(lines) == 1:
        return escape(lines[0])
    return r"\begin{tabular}[b]{@{}l@{}}" + r"\\{}".join(map(escape, lines)) + r"\end{tabular}"


def _lines(rows: list[dict[str, Any]], places: list[_Place], below: dict[str, Column]) -> list[str]:
    """Write the rows of a group; what stands below a value has a line of its own."""
    best = {place.column.key: best_cells(rows, place.column) for place in places}
    lines = []
    for i, row in enumerate(rows):
        cells = [cell_text(row, p.column, _latex_cell(i in best[p.column.key], p)) for p in places]
        # Else they were an option of the line break before.
        lines.append("{}" * cells[0].startswith(("[", "*")) + " & ".join(cells) + r" \\")
        printed = {p.column.key: _below(row, p, below.get(p.column.key)) for p in places}
        if any(printed.values()):
            title = next(iter(below.values())).title.lower()
            first = rf"\quad {escape(title)}" if not printed[places[0].column.key] else printed[places[0].column.key]
            lines.append(" & ".join([first, *(printed[p.column.key] for p in places[1:])]) + r" \\")
    return lines


def _below(row: dict[str, Any], place: _Place, column: Column | None) -> str:
    if column is None or cell_text(row, column) == EMPTY:
        return ""
    return cell_text(row, column, _latex_cell(False, place))


def _latex_cell(bold: bool, place: _Place) -> Join:
    def join(mean: str, deviation: str, mark: str) -> str:
        shown = _signed(mean) if place.digits else escape(mean)
        value = rf"\textbf{{{shown}}}" if bold else shown
        rest = deviation + mark
        return _padding(mean, place) + value + (_signed(rest) if place.digits else escape(rest))

    return join


def _padding(text: str, place: _Place) -> str:
    """Leave room for the digits that longer numbers of the column have before the point."""
    found = _NUMBER.match(text)
    if not place.digits or not found:
        return ""
    lacking = "0" * (place.digits - len(found[2])) + "+" * (place.signed and not found[1])
    return rf"\phantom{{{lacking}}}" if lacking else ""


def _signed(text: str) -> str:
    """Escape numbers, with a minus for a hyphen before a digit."""
    return escape(re.sub(r"(?<![\w.])-(?=\d)", "−", text))


def _label(name: str) -> str:
    """Make a name safe inside LaTeX's braces; a label has no escapes."""
    return re.sub(r"[^A-Za-z0-9_.+-]", "-", name)
