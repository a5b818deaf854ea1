"""A table of the study as HTML: sortable columns, its CSV and LaTeX to copy, its notes below."""

import math
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from analysis.report.elements.markup import identifier, render
from analysis.results.cells import PLACE
from analysis.table.formats import Join, cell_text, to_csv, to_latex
from analysis.table.tables import Cell, Column, Count, Estimate, Table, best_cells

TALL = 14  # rows; a longer table scrolls in a window of its own
WIDE = 8  # columns; a wider table is printed in smaller letters


class Shown(NamedTuple):
    """A cell of the page's table."""

    shown: Markup
    key: str  # what it sorts by
    is_numeric: bool
    is_place: bool  # it says where in the table its row is


def table_html(table: Table, study: str) -> Markup:
    """Show the table under its title; rows of a group stand together until a reader sorts them."""
    numeric = {column.key for column in table.columns if _is_numeric(table, column)}
    return render(
        "table",
        name=identifier(study, table.name),
        table=table,
        numeric=numeric,
        groups=[_group(rows, table, numeric) for rows in table.groups()],
        sources={"csv": to_csv(table), "latex": to_latex(table)},
        is_tall=len(table.rows) > TALL,
        is_wide=len(table.columns) > WIDE,
    )


def _group(rows: list[dict[str, Any]], table: Table, numeric: set[str]) -> list[list[Shown]]:
    best = {column.key: best_cells(rows, column) for column in table.columns}
    return [[_cell(row, c, i in best[c.key], c.key in numeric) for c in table.columns] for i, row in enumerate(rows)]


def _cell(row: dict[str, Any], column: Column, is_best: bool, is_numeric: bool) -> Shown:
    is_place = column.key in PLACE
    shown = cell_text(row, column, _parts(is_best and not is_place))
    return Shown(Markup(shown), str(_sort_key(row, column)), is_numeric, is_place)


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
