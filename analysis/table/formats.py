"""A table as CSV for programs and Markdown for people, and how a cell reads; `latex` makes it for the paper."""

import csv
import io
import math
import re
from collections.abc import Callable
from typing import Any

from analysis.table.tables import INCOMPLETE, RUNS, Cell, Column, Count, Estimate, Table
from xdomain.core.names import one_line

EMPTY = "–"
_MARKDOWN = {"<": "&lt;", "|": "\\|"}


def to_csv(table: Table) -> str:
    """Write full precision. An average makes `<key>_mean`, `_sd`, `_n` and `_N` (the full grid), a count the last two.

    An estimate makes `<key>`, `_low`, `_high` (its 95 % interval) and `_note` (its mark, or why it has no value).
    """
    lines = [_csv_fields(row, table) for row in table.rows]
    header = list(dict.fromkeys(name for line in lines for name in line))
    text = io.StringIO()
    writer = csv.DictWriter(text, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _csv_cell(value) for key, value in line.items()} for line in lines)
    return text.getvalue()


def to_markdown(table: Table) -> str:
    """Write title, table padded so that it also reads well in a terminal, and the notes."""
    body = [[_markdown(cell_text(row, c)) for c in table.columns] for row in table.rows]
    header = [_markdown(column.title) for column in table.columns]
    widths = [max(len(line[i]) for line in (header, *body)) for i in range(len(header))]
    lines = [_padded(header, widths), "|" + "|".join("-" * (width + 2) for width in widths) + "|"]
    lines += [_padded(line, widths) for line in body]
    notes = "\n".join(f"- {_markdown(note)}" for note in table.notes)
    return f"## {_markdown(table.title)}\n\n" + "\n".join(lines) + f"\n\n{notes}\n"


Join = Callable[[str, str, str], str]  # mean, deviation and mark of a cell, each already text


def _plain_cell(mean: str, deviation: str, mark: str) -> str:
    return mean + deviation + mark


def cell_text(row: dict[str, Any], column: Column, join: Join = _plain_cell) -> str:
    """Show one value as a reader sees it; `join` puts the parts of a cell together.

    An incomplete cell has the mark, and its count only where that is not the row's.
    """
    value = row.get(column.key)
    if isinstance(value, Estimate):
        return _estimate_text(value, column, join)
    if not isinstance(value, Cell):
        return join(EMPTY if value in (None, "") else column.show(value), "", "")
    mark = "" if value.runs.is_complete else INCOMPLETE
    if value.runs != row.get(RUNS.key):
        mark = f" ({value.runs})"
    if value.runs.n == 0:
        return join(EMPTY, "", mark)
    show_sd = column.show_sd or column.show
    return join(column.show(value.mean), "" if math.isnan(value.sd) else f" ± {show_sd(value.sd)}", mark)


def _estimate_text(value: Estimate, column: Column, join: Join) -> str:
    if math.isnan(value.value):
        return join(value.why or EMPTY, "", "")
    bounds = "" if math.isnan(value.low) else f" [{column.show(value.low)}, {column.show(value.high)}]"
    return join(column.show(value.value), value.mark, bounds)


def _csv_fields(row: dict[str, Any], table: Table) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for column in table.columns:
        key, value = column.key, row.get(column.key, "")
        if isinstance(value, Estimate):
            fields |= {key: _number(value.value), f"{key}_low": _number(value.low), f"{key}_high": _number(value.high)}
            fields[f"{key}_note"] = value.mark or value.why
            continue
        if isinstance(value, Cell):
            fields |= {f"{key}_mean": _number(value.mean), f"{key}_sd": _number(value.sd)}
            value = value.runs
        if isinstance(value, Count):
            fields |= {f"{key}_n": value.n, f"{key}_N": value.expected}
        else:
            fields[key] = value
    return fields


def _csv_cell(value: Any) -> Any:
    """Make a value that no spreadsheet takes for a formula: text that begins like one gets an apostrophe."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) and not _is_number(value):
        return f"'{value}"
    return value


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", text, re.ASCII | re.IGNORECASE) is not None


def _markdown(text: str) -> str:
    """Escape what would end a cell or begin raw HTML, so that Markdown shows it literally."""
    return re.sub("[<|]", lambda found: _MARKDOWN[found[0]], one_line(text))


def _number(value: float) -> str:
    return "" if math.isnan(value) else repr(float(value))


def _padded(texts: list[str], widths: list[int]) -> str:
    return "| " + " | ".join(text.ljust(width) for text, width in zip(texts, widths, strict=True)) + " |"
