"""A table of averages over runs, whatever the study: what it holds, how a cell reads, and writing it."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from xdomain.core.errors import UserError
from xdomain.core.files import write_text
from xdomain.core.names import PLAIN, is_plain, one_line

INCOMPLETE = "†"  # marks a cell that averages fewer runs than the grid has
NEEDS = "needs"  # in a row, beside its columns: column key -> ids of the runs that the value takes
ROW = ""  # in place of a key there: any other column


class Drawn(Protocol):
    """A value's draws, which others share: `analysis.table.samples.Sample`."""

    def is_apart_from(self, other: Any) -> bool:
        """Tell whether the 95 % interval of the difference from another value excludes 0."""


@dataclass(frozen=True)
class Count:
    """n of the expected N runs. Reads "20/20", or "17/20†" when incomplete."""

    n: int
    expected: int

    @property
    def is_complete(self) -> bool:
        """Whether no run is missing."""
        return self.n == self.expected

    def __str__(self) -> str:
        return f"{self.n}/{self.expected}" + ("" if self.is_complete else INCOMPLETE)


@dataclass(frozen=True)
class Cell:
    """An average over runs, in the unit of the measure (a fraction for accuracies).

    Attributes:
        mean: NaN without a run.
        sd: sample standard deviation over the runs, NaN below two.
        runs: how many.
        ids: which.
        needs: the runs that it would be over if none were missing.
        sample: the mean with its draws, the same draws in all cells of a table; absent where none were made.
    """

    mean: float
    sd: float
    runs: Count
    ids: tuple[str, ...]
    needs: tuple[str, ...] = ()
    sample: Drawn | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval, in the unit of the measure.

    Attributes:
        value: NaN where there is none; `why` then says so in a word or two, such as "not reached".
        low: bound of the interval, NaN where it has none.
        high: the other bound.
        ids: the runs behind it.
        needs: the runs that would be behind it if none were missing.
        mark: a sign behind the number that a note of the table explains; a marked one never counts as the best.
        why: stands in place of the number.
        sample: as of a `Cell`.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    ids: tuple[str, ...] = ()
    mark: str = ""
    why: str = ""
    needs: tuple[str, ...] = ()
    sample: Drawn | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Column:
    """A column: its name in the CSV, its title elsewhere, how a value (a cell's mean and sd) is shown."""

    key: str
    title: str
    show: Callable[[Any], str] = str
    highlight_best: bool = False  # the best values of each group are bold in LaTeX and on the page
    lowest_is_best: bool = False
    show_sd: Callable[[Any], str] | None = None  # where a deviation has other digits than its mean
    under: str = ""  # key of the column below whose value the page shows this one: the paper's below ours


BOLD = (
    "Bold: the best value, and every one whose paired difference from it has a 95 % interval that covers 0; "
    "where there is no interval, every value."
)
RUNS = Column("runs", "Runs")  # a `Count`: how many runs a row is over


@dataclass(frozen=True)
class Table:
    """What every writer needs of a table.

    Attributes:
        name: the file's stem.
        title: one sentence, without a full stop.
        columns: in order.
        rows: by column key; values are `Cell`s, `Estimate`s, `Count`s, or raw values as the CSV has them. A row without
            cells may name the runs behind it under `ids`, which is no column; `with_needs` says what a row takes.
        notes: sentences below the table: what is averaged over what, and what is missing.
        group: column keys; rows that agree in them stand together, and compete for the best mean.
        needs: the runs that the table takes, those of rows that cannot be there yet, too.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[dict[Any, Any], ...]
    notes: tuple[str, ...]
    group: tuple[str, ...]
    needs: tuple[str, ...] = ()

    def groups(self) -> list[list[dict[str, Any]]]:
        """Yield the rows, group by group."""
        grouped: dict[tuple, list] = {}
        for row in self.rows:
            grouped.setdefault(tuple(row[key] for key in self.group), []).append(row)
        return list(grouped.values())


def percent(fraction: float) -> str:
    """Show 0.4321 as "43.2"."""
    return f"{100 * fraction:.1f}"


def ratio(value: float) -> str:
    """Show 0.87654 as "0.877", with as many digits as the paper's Table 1."""
    return f"{value:.3f}"


def p_value(value: float) -> str:
    """Show three decimals, "<0.001" below; "–" where there is none."""
    if math.isnan(value):
        return "–"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def significant(digits: int) -> Callable[[float], str]:
    """Show that many digits, trailing zeros included: 0.26 -> "0.260", 1.1 -> "1.10" with three."""
    return lambda value: f"{value:#.{digits}g}"


def with_needs(
    row: dict[Any, Any], needs: tuple[str, ...], columns: Mapping[str, tuple[str, ...]] | None = None
) -> dict[str, Any]:
    """Say in a row, and in each of its averages and estimates, which runs they take, finished or not.

    Args:
        row: values by column key.
        needs: ids of the runs that the row takes.
        columns: column key -> ids, for the values that take other runs than the row.
    """
    taken = columns or {}
    measured = {
        key: replace(value, needs=taken.get(key, needs))
        for key, value in row.items()
        if isinstance(value, Cell | Estimate)
    }
    return row | measured | {NEEDS: {**taken, ROW: needs}}


def runs_behind(row: dict[str, Any], key: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the ids of the runs behind a value of a row, and of those that it lacks.

    A plain value is of the runs that the row names, else of all that its averages and estimates are of.
    """
    value = row.get(key)
    if isinstance(value, Cell | Estimate):
        ids, needs = value.ids, value.needs
    else:
        measured = [each for each in row.values() if isinstance(each, Cell | Estimate)]
        ids = tuple(row.get("ids", dict.fromkeys(run for each in measured for run in each.ids)))
        stated = row.get(NEEDS) or {ROW: tuple(dict.fromkeys(run for each in measured for run in each.needs))}
        needs = stated.get(key, stated[ROW])
    there = set(ids)
    return ids, tuple(run for run in needs if run not in there)


def cells_by(frame: pd.DataFrame, rows: list[str], column: str) -> tuple[dict[str, Any], ...]:
    """Spread a frame of mean, sd, n, expected, ids and needs over columns: a row for each value of `rows`."""
    table: dict[tuple, dict[str, Any]] = {}
    for record in frame.to_dict("records"):
        row = table.setdefault(tuple(record[key] for key in rows), {key: record[key] for key in rows})
        runs = Count(record["n"], record["expected"])
        row[record[column]] = Cell(record["mean"], record["sd"], runs, record["ids"], record["needs"])
    return tuple(table.values())


def write_table(table: Table, folder: Path, formats: dict[str, Callable[[Table], str]]) -> list[Path]:
    """Write `<folder>/<name>.<suffix>` with each renderer, atomically, and return the paths.

    Raises:
        UserError: the name, of which mask sets and splits are parts, would lead elsewhere.
    """
    if not is_plain(table.name):
        raise UserError(f"'{one_line(table.name)}' cannot be a table's name: use {PLAIN}.")
    paths = []
    for suffix, render in formats.items():
        paths.append(folder / f"{table.name}.{suffix}")
        write_text(paths[-1], render(table))
    return paths


def best_cells(rows: Iterable[dict[str, Any]], column: Column) -> set[int]:
    """Choose the rows with the best value, or one that cannot be told from it; a single row has none.

    Two values with draws are told apart where the 95 % interval of their difference, the same kind as the table's own,
    excludes 0: they share the draws, so what is common to both cancels. Values without draws tie where they read the
    same.
    """
    rows = list(rows)
    shown: dict[int, tuple[float, Drawn | None]] = {}
    for i, row in enumerate(rows):
        value = row.get(column.key)
        if isinstance(value, Cell) and value.runs.n:
            shown[i] = value.mean, value.sample
        if isinstance(value, Estimate) and not (math.isnan(value.value) or value.mark):
            shown[i] = value.value, value.sample
    if len(rows) < 2 or not shown or not column.highlight_best:
        return set()
    best, sample = (min if column.lowest_is_best else max)(shown.values(), key=lambda found: found[0])
    return {
        i
        for i, (value, own) in shown.items()
        if column.show(value) == column.show(best) or (own and sample and not own.is_apart_from(sample))
    }
