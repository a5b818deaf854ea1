"""One JSON and one page of tables of the parts that there are."""

from pathlib import Path
from typing import Any

from benchmarks.gpu.bill import bill
from xdomain.core.errors import UserError
from xdomain.core.files import read_json, write_json, write_text

COLUMNS = {  # of a kind of row: the field, its heading and how it reads
    "epoch": {"model": "", "hidden": "", "seconds": ".3g", "clips_per_second": ",.0f"},
    "step": {
        "model": "",
        "hidden": "",
        "precision": "",
        "step": "",
        "seconds": ".3g",
        "gpu_share": ".0%",
        "clips_per_second": ",.0f",
        "peak_mb": ",.0f",
    },
    "pack": {"model": "", "hidden": "", "pack": "", "mps": "", "runs_per_gpu_hour": ".3g", "times_one": ".2f"},
    "diving step": {
        "model": "",
        "precision": "",
        "seconds": ".3g",
        "gpu_share": ".0%",
        "clips_per_second": ",.1f",
        "peak_mb": ",.0f",
        "loader_clips_per_second": ",.0f",
        "loader_mb_per_second": ",.0f",
    },
    "gradient": {"model": "", "hidden": "", "frames": "", "side": "", "wrong": ""},
    "run": {"model": "", "hidden": "", "status": "", "epochs": "", "seconds": "", "accuracy": ""},
}


def merge(folder: Path, parts: tuple[str, ...]) -> dict[str, Any]:
    """Write benchmark-gpu.json and benchmark-gpu.md into `folder`; returns the former's content.

    Raises:
        UserError: the parts are of different cards.
    """
    found = [read_json(file) for part in parts if (file := folder / f"{part}.json").exists()]
    cards = {part["card"]: part["part"] for part in found}
    if len(cards) > 1:
        named = " and ".join(f"{part} is of {card}" for card, part in cards.items())
        raise UserError(f"The parts are of different cards: {named}. Remove {folder} and measure them on one card.")
    rows = [row for part in found for row in part["rows"]]
    merged = {
        "card": next(iter(cards), None),
        "bill_gpu_hours": bill(rows),
        "absent": [part for part in parts if part not in {there["part"] for there in found}],
        "incomplete": [part["part"] for part in found if not part.get("complete")],
        "left_out": [f"{part['part']}: {what}" for part in found for what in part["left_out"]],
        "parts": found,
    }
    write_json(folder / "benchmark-gpu.json", merged)
    write_text(folder / "benchmark-gpu.md", page(merged, rows))
    return merged


def page(merged: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """Return the tables as Markdown."""
    lines = [f"# {merged['card']}", ""]
    for kind, columns in COLUMNS.items():
        if of_kind := [row for row in rows if row["kind"] == kind]:
            lines += [f"## {kind}", "", f"| {' | '.join(name.replace('_', ' ') for name in columns)} |"]
            lines += ["|" + "---|" * len(columns)]
            lines += [
                f"| {' | '.join(_cell(row.get(name), form) for name, form in columns.items())} |" for row in of_kind
            ]
            lines += [""]
    hours = merged["bill_gpu_hours"]
    lines += ["## The 400 runs, in GPU-hours", ""]
    for name in ("at_most", "as_runs_took", "packed"):
        lines += [f"- {name.replace('_', ' ')}: {_cell(hours[name], '.3g')}"]
    lines += [f"- no epochs measured of: {', '.join(hours['without'])}"] * bool(hours["without"])
    for name in ("absent", "incomplete", "left_out"):
        lines += [f"- {name.replace('_', ' ')}: {what}" for what in merged[name]]
    return "\n".join(lines) + "\n"


def _cell(value: Any, form: str) -> str:
    if value is None:
        return "not measured"
    if isinstance(value, dict):
        return ", ".join(f"{name} {number:.3g}" for name, number in value.items())
    if isinstance(value, list):
        return "; ".join(map(str, value)) or "none"
    return format(value, form)
