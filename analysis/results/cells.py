"""Which runs, of which code, image and data, stand behind every cell that was written, and which it lacks."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from analysis.results.registry import analysis_of
from analysis.runs.load import read_result, run_row
from analysis.runs.matching import TOLERANCE
from analysis.runs.notes import MISSING
from analysis.runs.unchanged import run_content
from analysis.studies.base import Loaded
from analysis.table.formats import cell_text
from analysis.table.tables import Cell, Column, Count, Estimate, Table, runs_behind
from xdomain.core.files import write_text
from xdomain.runs.lineage import LINEAGE_FORMAT, NAME, OF_RUN
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.spec import RunSpec

PROVENANCE = ("code_version", "image_digest", "device", "data")
PLACE = (
    "claim",
    "source",
    "model",
    "hidden",
    "experiment",
    "domain",
    "ratio",
    "comparison",
    "class",
)  # what tells rows apart
MEASURED = Cell | Estimate | Count
PUBLISHED = ("published", "printed", "stated")  # columns that no run stands behind; so do those that end in " paper"


def write_lineage(
    study: Loaded,
    tables: list[Table],
    figures: dict[str, tuple[str, ...]],
    folder: Path,
    tolerance: float = TOLERANCE,
    halves: bool = False,
) -> Path:
    """Write `lineage.json` into `folder` and return its path; `xdomain.runs.lineage` reads it.

    `runs` lists every expected run with its status and the digest of its `content`; `provenance` and `recipe` are
    places in the lists of those names, and recipe, model, seed and evaluates make its spec. Cells name their runs by
    their place in `runs`: those that they are over, and those that they lack. `needs` says what a complete table takes,
    `matches` which epochs stand for Diving48's trainings, `figures` whose cells a figure's points are. Each entry
    stands on a line of its own. `halves` says whether tables of `--halves` are among them.
    """
    analysis = analysis_of(study.key)
    columns = {t.name: {c.key: c.title for c in t.columns} for t in tables}
    cells = {t.name: _cells(t) for t in tables}
    runs, lists = _runs(study, _specs(analysis.specs(study), study, tables, cells))
    numbers = {run["id"]: i for i, run in enumerate(runs)}
    matches = [match._asdict() | {"training": numbers[match.training]} for match in analysis.matches(study, tolerance)]
    parts = {
        "format": json.dumps(LINEAGE_FORMAT),
        "study": json.dumps(study.key),
        "tolerance": json.dumps(tolerance),
        "halves": json.dumps(halves),
        "notes": json.dumps(study.problems),
        **{name: _lines(entries) for name, entries in lists.items()},
        "runs": _lines(json.dumps(run) for run in runs),
        "columns": _fields((name, json.dumps(titles)) for name, titles in columns.items()),
        "tables": _fields((name, _lines(_numbered(line, numbers) for line in lines)) for name, lines in cells.items()),
        "needs": _fields((t.name, json.dumps([numbers[run] for run in t.needs])) for t in tables),
        "matches": _lines(json.dumps(match) for match in matches),
        "figures": json.dumps(figures),
    }
    path = folder / NAME
    write_text(path, _fields(parts.items()) + "\n")
    return path


def _specs(
    known: dict[str, RunSpec], study: Loaded, tables: list[Table], cells: dict[str, list[dict[str, Any]]]
) -> dict[str, RunSpec]:
    """Return the expected runs, then the others that tables or their cells are over or need, by id."""
    of_tables = [run for table in tables for run in table.needs]
    of_cells = [run for lines in cells.values() for line in lines for run in (*line["runs"], *line["missing"])]
    return {run: known[run] for run in dict.fromkeys((*study.runs["id"], *of_tables, *of_cells))}


def _runs(study: Loaded, specs: dict[str, RunSpec]) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    """Make an entry per run, those first that the study expects; and the lists that the entries point into."""
    lists: dict[str, list[str]] = {"recipes": [], "provenance": []}
    known = {run["id"]: run for run in study.runs.to_dict("records")}
    runs = []
    for run_id, spec in specs.items():
        run = known.get(run_id) or run_row(spec, read_result(spec, study.runs_root))
        provenance = ended = content = None
        if run["status"] != MISSING:
            found = {key: None if _is_absent(run[key]) else run[key] for key in PROVENANCE}
            provenance = _place(json.dumps(found), lists["provenance"])
            ended = None if _is_absent(run["ended"]) else run["ended"]
            folder = RunFolder.of(spec, study.runs_root)
            content = run_content(folder.path) if folder.is_finished() else None
        own, recipe = _parted(spec)
        places = {"provenance": provenance, "recipe": _place(json.dumps(recipe), lists["recipes"])}
        runs.append({"id": run_id, "status": run["status"], **places, **own, "ended": ended, "content": content})
    return runs, lists


def _parted(spec: RunSpec) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what is a run's own in its spec, and what it shares with others."""
    values = spec.to_dict()
    return {name: values[name] for name in OF_RUN}, {k: v for k, v in values.items() if k not in ("id", *OF_RUN)}


def _place(entry: str, entries: list[str]) -> int:
    """Return where an entry stands in a list, to which it is added if need be."""
    if entry not in entries:
        entries.append(entry)
    return entries.index(entry)


def _cells(table: Table) -> list[dict[str, Any]]:
    """Make an entry for each row and set of runs: the cells of a row mostly average the same ones."""
    row_columns = _place_columns(table)
    lines = []
    for row in table.rows:
        parts: dict[tuple, dict[str, list[str]]] = {}
        for column in (column for column in table.columns if column not in row_columns):
            ids, missing = _runs_of_cell(row, column)
            part = parts.setdefault((ids, missing), {"columns": [], "shown": []})
            part["columns"].append(column.key)
            part["shown"].append(cell_text(row, column))
        named = {column.key: row[column.key] for column in row_columns}
        shown = {"row": [cell_text(row, column) for column in row_columns]}
        lines += [named | shown | part | {"runs": ids, "missing": gone} for (ids, gone), part in parts.items()]
    return lines


def _place_columns(table: Table) -> list[Column]:
    """Choose the columns that tell rows apart; all plain ones where the usual ones do not."""
    usual = [column for column in table.columns if column.key in PLACE]
    places = [tuple(row[column.key] for column in usual) for row in table.rows]
    if len(set(places)) == len(places):
        return usual
    return [c for c in table.columns if not any(isinstance(row.get(c.key), MEASURED) for row in table.rows)]


def _runs_of_cell(row: dict[str, Any], column: Column) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """List the runs behind a cell and those that it lacks; none for a published value."""
    if column.key in PUBLISHED or column.key.endswith(" paper"):
        return (), ()
    return runs_behind(row, column.key)


def _numbered(line: dict[str, Any], numbers: dict[str, int]) -> str:
    return json.dumps(line | {name: [numbers[run] for run in line[name]] for name in ("runs", "missing")})


def _lines(entries: Iterable[str]) -> str:
    return "[\n" + ",\n".join(entries) + "\n]"


def _fields(pairs: Iterable[tuple[str, str]]) -> str:
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {text}" for name, text in pairs) + "\n}"


def _is_absent(value: Any) -> bool:
    return value is None or value != value  # pandas turns an absent text into NaN
