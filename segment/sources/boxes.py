"""Boxes alone, a table for each clip: <clip>.csv with `frame,x0,y0,x1,y1` and, if wanted, `confidence`.

Frames count from 0; pixels are the video's own, half-open. A frame without a row has no diver.
"""

import csv
import math
from collections.abc import Iterator
from pathlib import Path

from segment.sources.source import Detection, Frame
from xdomain.core.errors import UserError

COLUMNS = ("frame", "x0", "y0", "x1", "y1")


class Boxes:
    """A folder of tables of boxes."""

    form = "boxes"
    boxes_only = True

    def __init__(self, folder: Path) -> None:
        self.files = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix == ".csv"}

    def clips(self) -> set[str]:
        """Name the clips that it has."""
        return set(self.files)

    def count(self, name: str) -> None:
        """Say that a table does not tell how many frames its clip has."""

    def frames(self, name: str, numbers: list[int]) -> Iterator[Frame]:
        """Yield frames of a clip; every row's frame is one of the clip's."""
        rows = self._read(name)
        for number in numbers:
            yield Frame(None, rows.get(number, []))

    def last(self, name: str) -> int:
        """Return the highest number of a frame with a box; -1 if there is none."""
        return max(self._read(name), default=-1)

    def _read(self, name: str) -> dict[int, list[Detection]]:
        path = self.files[name]
        rows: dict[int, list[Detection]] = {}
        with path.open(newline="", encoding="utf-8") as file:
            table = csv.DictReader(file)
            try:
                if lacking := [column for column in COLUMNS if column not in (table.fieldnames or ())]:
                    raise UserError(f"{path} has no column {lacking[0]}. Its first line is: {','.join(COLUMNS)}")
                for row in table:
                    x0, y0, x1, y1 = (float(row[column]) for column in COLUMNS[1:])
                    confidence = float(row.get("confidence") or 1)
                    if int(row["frame"]) < 0 or not math.isfinite(confidence):
                        raise ValueError("a frame is 0 or more, a confidence a finite number")
                    rows.setdefault(int(row["frame"]), []).append(Detection((x0, y0, x1, y1), confidence))
            except (ValueError, TypeError, csv.Error) as error:
                raise UserError(f"{path}, line {table.line_num}, is no box ({error}).") from error
        return rows
