"""Which runs, of which code, image and data, stand behind every cell that was written."""

import json
from pathlib import Path

from analysis.load import MISSING, Study
from analysis.tables import Cell, Table
from xdomain.files import write_text

PROVENANCE = ("code_version", "image_digest", "device", "data")


def write_lineage(study: Study, tables: list[Table], figures: dict[str, tuple[str, ...]], folder: Path) -> Path:
    """Write `lineage.json` into `folder` and return its path.

    `runs` lists every expected run with its status; `provenance` is its place in the list of that name. Cells
    name their runs by their place in `runs`. `figures` says whose cells a figure's points are. Each entry
    stands on a line of its own, which keeps 400 runs below 100 kB.
    """
    numbers = {run_id: i for i, run_id in enumerate(study.runs["id"])}
    provenance: list[str] = []
    runs = []
    for run in study.runs.to_dict("records"):
        number = None
        if run["status"] != MISSING:
            entry = json.dumps({key: None if _is_absent(run[key]) else run[key] for key in PROVENANCE})
            if entry not in provenance:
                provenance.append(entry)
            number = provenance.index(entry)
        runs.append({"id": run["id"], "status": run["status"], "provenance": number})
    parts = {
        "study": json.dumps(study.key),
        "provenance": _lines(provenance),
        "runs": _lines(json.dumps(run) for run in runs),
        "tables": "{\n" + ",\n".join(f'"{t.name}": {_lines(_cells(t, numbers))}' for t in tables) + "\n}",
        "figures": json.dumps(figures),
    }
    path = folder / "lineage.json"
    write_text(path, "{\n" + ",\n".join(f'"{name}": {text}' for name, text in parts.items()) + "\n}\n")
    return path


def _cells(table: Table, numbers: dict[str, int]) -> list[str]:
    """A line for each row and set of runs: the cells of a row mostly average the same ones."""
    lines = []
    for row in table.rows:
        columns_of: dict[tuple[str, ...], list[str]] = {}
        for column in table.columns:
            if isinstance(cell := row.get(column.key), Cell):
                columns_of.setdefault(cell.ids, []).append(column.key)
        if "ids" in row:
            columns_of[row["ids"]] = ["*"]
        place = {c.key: row[c.key] for c in table.columns if c.key in ("source", "model", "hidden")}
        for ids, columns in columns_of.items():
            lines.append(json.dumps(place | {"columns": columns, "runs": [numbers[i] for i in ids]}))
    return lines


def _lines(entries) -> str:
    return "[\n" + ",\n".join(entries) + "\n]"


def _is_absent(value) -> bool:
    return value is None or value != value  # pandas turns an absent text into NaN
