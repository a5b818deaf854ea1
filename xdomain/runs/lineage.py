"""Read what stands behind the cells of a study's tables: `results/<study>/tables/lineage.json`.

`python -m analysis tables` writes it. It holds every expected run with its spec, also those never launched, so that a
table's name leads to launches without the tables being made again.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xdomain.core.errors import UserError
from xdomain.core.files import read_json
from xdomain.core.names import did_you_mean
from xdomain.core.roots import results_root
from xdomain.specs.read import read_spec
from xdomain.specs.spec import RunSpec

LINEAGE_FORMAT = 2
NAME = "lineage.json"
LISTED = 20  # rows that a message names
OF_RUN = ("model", "seed", "evaluates")  # what a run's entry says of its spec; its recipe says the rest


@dataclass(frozen=True)
class TracedCell:
    """A cell as it is written, and the places in `runs` of the runs behind it and of those that it lacks."""

    table: str
    row: tuple[str, ...]  # what tells the row apart, as shown
    place: dict[str, Any]  # the same by column, as the CSV has it
    column: str
    title: str
    shown: str
    runs: tuple[int, ...]
    missing: tuple[int, ...]


@dataclass(frozen=True)
class Lineage:
    """The values of a lineage file."""

    path: Path
    values: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> "Lineage":
        """Read a lineage file.

        Raises:
            UserError: it is truncated or of another format.
        """
        return cls.of(path, read_json(path))

    @classmethod
    def of(cls, path: Path, values: Any) -> "Lineage":
        """Check these values, read from `path`, as a lineage; `xdomain.schema.lineage` says what they may be.

        Raises:
            UserError: they are of another format, or no lineage's; names the field.
        """
        from xdomain.core.record import checked
        from xdomain.schema.lineage import LineageRecord

        if not isinstance(values, dict) or values.get("format") != LINEAGE_FORMAT:
            raise UserError(
                f"{path} is of another format than this version reads ({LINEAGE_FORMAT}). Make the tables again: "
                "python -m analysis tables --study STUDY"
            )
        checked(LineageRecord, values, str(path), "Make the tables again: python -m analysis tables --study STUDY")
        return cls(path, values)

    @classmethod
    def of_study(cls, study_key: str) -> "Lineage":
        """Read the lineage of a study's tables.

        Raises:
            UserError: its tables were never made.
        """
        path = results_root() / study_key / "tables" / NAME
        if not path.exists():
            studies = sorted(other.parent.parent.name for other in results_root().glob(f"*/tables/{NAME}"))
            there = f" Tables were made of: {', '.join(studies)}." if studies else ""
            raise UserError(
                f"There is no {path}. Make the tables first: python -m analysis tables --study {study_key}.{there}"
            )
        return cls.read(path)

    @property
    def runs(self) -> list[dict[str, Any]]:
        """Every expected run: id, status, provenance, recipe, model, seed, evaluates, ended."""
        runs: list[dict[str, Any]] = self.values["runs"]
        return runs

    def spec(self, number: int) -> RunSpec:
        """Return the spec of the run at that place."""
        run = self.runs[number]
        values = self.values["recipes"][run["recipe"]] | {name: run[name] for name in OF_RUN}
        return read_spec(values | {"id": run["id"]}, self.path)

    def provenance(self, number: int) -> dict[str, Any] | None:
        """Return code version, image, device and data of a run that has a result."""
        place = self.runs[number]["provenance"]
        return None if place is None else self.values["provenance"][place]

    def table(self, name: str) -> str:
        """Find the table that `name` means; case, spaces and hyphens do not matter.

        Raises:
            UserError: there is none; lists those that there are.
        """
        known: dict[str, Any] = self.values["tables"]
        if matches := [table for table in known if _plain(table) == _plain(name)]:
            return matches[0]
        hint = did_you_mean(name, known)
        raise UserError(f"The study {self.values['study']} has no table {name!r}.{hint} It has {', '.join(known)}.")

    def cells(self, table: str, row: str = "", column: str = "") -> list[TracedCell]:
        """Select the cells of a table, of the rows that `row` describes and the column that `column` names.

        Args:
            table: its name.
            row: values of what tells rows apart, such as "2dot convlstm" or "source=2dot,model=convlstm".
            column: a key of the CSV or a title.

        Raises:
            UserError: there is no such table, row or column; lists those that there are.
        """
        cells = list(self._cells(self.table(table)))
        if row:
            kept = [cell for cell in cells if _describes(row, cell, self._columns(cell.table))]
            if not kept:
                raise UserError(f"{cells[0].table if cells else table} has no row {row!r}. {rows_of(cells)}")
            cells = kept
        if column:
            wanted = _plain(column)
            kept = [cell for cell in cells if wanted == _plain(cell.column)]
            kept = kept or [cell for cell in cells if wanted == _plain(cell.title)]
            if not kept:
                named = dict.fromkeys(cell.column for cell in cells)
                hint = did_you_mean(column, named)
                raise UserError(f"{table} has no column {column!r}.{hint} It has {', '.join(named) or 'no cell yet'}.")
            cells = kept
        return cells

    def needs(self, table: str) -> tuple[int, ...]:
        """List the runs that a complete table is of, its rows that cannot be there yet included."""
        return tuple(self.values["needs"][self.table(table)])

    def _columns(self, table: str) -> dict[str, str]:
        columns: dict[str, str] = self.values["columns"][table]
        return columns

    def _cells(self, table: str) -> Iterator[TracedCell]:
        titles = self._columns(table)
        for line in self.values["tables"][table]:
            place = {key: line[key] for key in titles if key in line and key not in ("columns", "runs", "missing")}
            for key, shown in zip(line["columns"], line["shown"], strict=True):
                runs, missing = tuple(line["runs"]), tuple(line["missing"])
                yield TracedCell(table, tuple(line["row"]), place, key, titles[key], shown, runs, missing)


def rows_of(cells: Iterable[TracedCell]) -> str:
    """Write a sentence that lists the rows of some cells, the first of many."""
    rows = list(dict.fromkeys(", ".join(cell.row) for cell in cells))
    more = f"; and {len(rows) - LISTED} more" if len(rows) > LISTED else ""
    return f"Its rows: {'; '.join(rows[:LISTED])}{more}." if rows else "It has no row yet."


def _plain(text: Any) -> str:
    return re.sub(r"[^a-z0-9]+", "", str(text).lower())


def _describes(text: str, cell: TracedCell, titles: dict[str, str]) -> bool:
    """Tell whether all of a text is about this row: `key=value` parts, or words that are values of it."""
    values = {key: {_plain(raw), _plain(shown)} for (key, raw), shown in zip(cell.place.items(), cell.row, strict=True)}
    if "=" in text:
        pairs = [part.partition("=")[::2] for part in text.split(",")]
        named = {_plain(name): texts for key, texts in values.items() for name in (key, titles[key])}
        return all(_plain(value) in named.get(_plain(key), ()) for key, value in pairs)
    accepted = {value for texts in values.values() for value in texts}
    accepted |= {
        _plain(name) + value for key, texts in values.items() for name in (key, titles[key]) for value in texts
    }
    return _consists_of([word for word in map(_plain, re.split(r"[\s,]+", text)) if word], accepted)


def _consists_of(words: list[str], accepted: set[str]) -> bool:
    """Tell whether the words, some of them together, are all accepted: "3D", "CNN" are "3dcnn"."""
    return not words or any(
        "".join(words[:end]) in accepted and _consists_of(words[end:], accepted) for end in range(1, len(words) + 1)
    )
