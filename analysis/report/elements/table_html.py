"""A table of the study as HTML: sortable columns, its CSV and LaTeX to copy, the runs behind its cells, its notes."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from analysis.report.elements.markup import identifier, render
from analysis.report.elements.run_numbers import RunNumbers
from analysis.results.cells import PLACE
from analysis.table.formats import EMPTY, Join, cell_text, to_csv
from analysis.table.latex import to_latex
from analysis.table.tables import Cell, Column, Count, Estimate, Table, best_cells, runs_behind

TALL = 14  # rows; a longer table scrolls in a window of its own
TURNED_COLUMNS, TURNED_ROWS = 6, 4  # a table of as many columns at least and rows at most is shown transposed


class Shown(NamedTuple):
    """A cell of the page's table."""

    shown: Markup
    key: str  # what it sorts by
    is_numeric: bool
    is_place: bool  # it says where in the table its row is
    runs: str  # behind it, as `RunNumbers` writes them
    lacks: str  # runs that it lacks


class Line(NamedTuple):
    """A row of a transposed table."""

    title: str
    below: str  # title of what stands below each value
    cells: list[Shown]


def table_html(table: Table, study: str, runs: RunNumbers, shared: Mapping[str, int]) -> Markup:
    """Show the table under its title; rows of a group stand together until a reader sorts them.

    Args:
        table: what is shown.
        study: its key.
        runs: numbers of the study's runs.
        shared: number of each note that several tables have, which the page says once.
    """
    numeric = {column.key for column in table.columns if _is_numeric(table, column)}
    columns = [column for column in table.columns if not column.under]
    below = {column.under: column for column in table.columns if column.under}
    groups = [_group(rows, table, columns, below, numeric, runs) for rows in table.groups()]
    is_turned = len(columns) >= TURNED_COLUMNS and len(table.rows) <= TURNED_ROWS and not table.group
    return render(
        "table",
        name=identifier(study, table.name),
        study=identifier(study),
        table=table,
        columns=columns,
        below=below,
        numeric=numeric,
        groups=groups,
        lines=_lines(columns, below, groups) if is_turned else [],
        sources={"csv": to_csv(table), "latex": to_latex(table)},
        is_tall=len(table.rows) > TALL,
        notes=[note for note in table.notes if note not in shared],
        numbers=sorted({shared[note] for note in table.notes if note in shared}),
    )


def shared_notes(tables: Iterable[Table]) -> dict[str, int]:
    """Return a number for each of the notes that more than one table has."""
    counted = Counter(note for table in tables for note in dict.fromkeys(table.notes))
    repeated = [note for note, count in counted.items() if count > 1]
    return {note: number for number, note in enumerate(repeated, start=1)}


def notes_html(study: str, shared: Mapping[str, int]) -> Markup:
    """List the notes that several tables share, once."""
    return render("notes", study=identifier(study), notes=list(shared))


def _lines(columns: list[Column], below: dict[str, Column], groups: list[list[list[Shown]]]) -> list[Line]:
    """Turn columns into rows; the first column becomes the head."""
    rows = [row for group in groups for row in group]
    return [
        Line(column.title, below[column.key].title if column.key in below else "", [row[i] for row in rows])
        for i, column in enumerate(columns)
    ]


def _group(
    rows: list[dict[str, Any]],
    table: Table,
    columns: list[Column],
    below: dict[str, Column],
    numeric: set[str],
    runs: RunNumbers,
) -> list[list[Shown]]:
    best = {column.key: best_cells(rows, column) for column in table.columns}
    return [
        [_cell(row, c, below.get(c.key), i in best[c.key], c.key in numeric, runs) for c in columns]
        for i, row in enumerate(rows)
    ]


def _cell(
    row: dict[str, Any], column: Column, below: Column | None, is_best: bool, is_numeric: bool, runs: RunNumbers
) -> Shown:
    is_place = column.key in PLACE
    shown = Markup(cell_text(row, column, _parts(is_best and not is_place)))
    if below and (printed := cell_text(row, below)) != EMPTY:
        shown += Markup('<span class="below"><span class="unseen">{}: </span>{}</span>').format(below.title, printed)
    there, lacking = ((), ()) if is_place else runs_behind(row, column.key)
    key = str(_sort_key(row, column))
    return Shown(shown, key, is_numeric, is_place, runs.text(there), runs.text(lacking))


def _parts(is_best: bool) -> Join:
    """Make the value stand out from its deviation or interval, the best value from the others."""

    def join(value: str, deviation: str, mark: str) -> Markup:
        shown = Markup("<b>{}</b>").format(value) if is_best else escape(value)
        # An estimate's parts are value, mark and interval, an average's are value, deviation and mark.
        return shown + Markup("").join(Markup("<small>{}</small>").format(part) for part in (deviation, mark) if part)

    return join


def _sort_key(row: dict[str, Any], column: Column) -> float | str:
    """Return what a reader sorts by: the value, a number where it reads as one; nothing where there is none."""
    value = row.get(column.key)
    if isinstance(value, Cell):
        value = value.mean
    if isinstance(value, Estimate):
        value = value.value
    if isinstance(value, Count):
        value = value.n
    if isinstance(value, str) or value is None:
        shown = column.show(value) if value else ""
        try:
            value = float(shown.replace(",", ""))
        except ValueError:
            return shown
    return "" if math.isnan(value) else float(value)


def _is_numeric(table: Table, column: Column) -> bool:
    keys = [key for row in table.rows if (key := _sort_key(row, column)) != ""]
    return bool(keys) and all(isinstance(key, float) for key in keys)
