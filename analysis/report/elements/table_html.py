"""A table of the study as HTML: sortable columns, its CSV and LaTeX to copy, its notes below."""

import math
from typing import Any

from analysis.report.elements.markup import embedded, identifier, listed, text
from analysis.results.cells import PLACE
from analysis.table.formats import Join, cell_text, to_csv, to_latex
from analysis.table.tables import Cell, Column, Count, Estimate, Table, best_cells

TALL = 14  # rows; a longer table scrolls in a window of its own
WIDE = 8  # columns; a wider table is printed in smaller letters


def table_html(table: Table, study: str) -> str:
    """The table under its title; rows of a group stand together until a reader sorts them."""
    name = identifier(study, table.name)
    if not table.rows:
        title = f'<h4 id="{name}">{text(table.title)}</h4>'
        return f'<section class="table">{title}<p>It has no rows yet.</p>{listed(table.notes, "notes")}</section>\n'
    numeric = {column.key for column in table.columns if _is_numeric(table, column)}
    head = "".join(_header(column, column.key in numeric) for column in table.columns)
    body = "".join(_group(rows, table, numeric) for rows in table.groups())
    sources = embedded({"csv": to_csv(table), "latex": to_latex(table)})
    tall = " tall" if len(table.rows) > TALL else ""
    wide = ' class="wide"' if len(table.columns) > WIDE else ""
    return f"""<section class="table" aria-labelledby="{name}">
<div class="titled"><h4 id="{name}">{text(table.title)}</h4>
<div class="tools">{_copy_button(table, "csv", "CSV")}{_copy_button(table, "latex", "LaTeX")}</div></div>
<div class="window{tall}" tabindex="0" role="group" aria-labelledby="{name}">
<table{wide} data-name="{text(table.name)}">
<thead><tr>{head}</tr></thead>
<tbody>
{body}</tbody>
</table>
</div>
{listed(table.notes, "notes")}
<script type="application/json" class="sources">{sources}</script>
</section>
"""


def _copy_button(table: Table, source: str, name: str) -> str:
    label = text(f"Copy {name}: {table.title}")
    return f'<button type="button" class="copy" data-source="{source}" aria-label="{label}">Copy {name}</button>'


def _header(column: Column, is_numeric: bool) -> str:
    kind = ' class="number"' if is_numeric else ""
    return f'<th scope="col"{kind}><button type="button" class="sort">{text(column.title)}</button></th>'


def _group(rows: list[dict[str, Any]], table: Table, numeric: set[str]) -> str:
    best = {column.key: best_cells(rows, column) for column in table.columns}
    lines = []
    for i, row in enumerate(rows):
        cells = "".join(_cell(row, c, i in best[c.key], c.key in numeric) for c in table.columns)
        kind = ' class="first"' if i == 0 and table.group else ""
        lines.append(f"<tr{kind}>{cells}</tr>\n")
    return "".join(lines)


def _cell(row: dict[str, Any], column: Column, is_best: bool, is_numeric: bool) -> str:
    key = _sort_key(row, column)
    attributes = f' data-key="{text(str(key))}"' + (' class="number"' if is_numeric else "")
    if column.key in PLACE:
        return f'<th scope="row"{attributes}>{cell_text(row, column, _parts(False))}</th>'
    return f"<td{attributes}>{cell_text(row, column, _parts(is_best))}</td>"


def _parts(is_best: bool) -> Join:
    """The value stands out from its deviation or interval, the best value from the others."""

    def join(value: str, deviation: str, mark: str) -> str:
        shown = f"<b>{text(value)}</b>" if is_best else text(value)
        # An estimate's parts are value, mark and interval, an average's are value, deviation and mark.
        return shown + "".join(f"<small>{text(part)}</small>" for part in (deviation, mark) if part)

    return join


def _sort_key(row: dict[str, Any], column: Column) -> float | str:
    """What a reader sorts by: the value itself, a number where it reads as one; nothing where there is none."""
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
