"""Say of one thing a level, what was found, and what to do about it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xdomain.core.names import printable

if TYPE_CHECKING:
    from rich.table import Table

COLOURS = {"ok": "green", "note": "cyan", "warn": "yellow", "FAIL": "red"}


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report."""

    level: str  # ok, note (good to know), warn (runs work, but badly) or FAIL (runs do not work)
    what: str
    text: str
    advice: str = ""
    blocks: bool = False  # a FAIL with which a job on a node would tell nothing more

    def line(self) -> str:
        """Write the finding on one line."""
        return f"{self.level:<5} {self.what:<13} {self.text} {self.advice}".rstrip()

    def drawn(self) -> "Table":
        """Draw the finding for a terminal: the level in its colour, the sentences wrapped beside it."""
        from rich.table import Table
        from rich.text import Text

        line = Table.grid(padding=(0, 1, 0, 0))
        line.add_column(min_width=5)
        line.add_column(min_width=13)
        line.add_column(overflow="fold")
        level = Text(self.level, f"bold {COLOURS[self.level]}" if self.level == "FAIL" else COLOURS[self.level])
        line.add_row(level, Text(self.what), Text(printable(f"{self.text} {self.advice}".strip())))
        return line


def ok(what: str, text: str) -> Finding:
    """Make a finding that all is as it should be."""
    return Finding("ok", what, text)


def note(what: str, text: str, advice: str = "") -> Finding:
    """Make a finding that needs no repair, but is good to know."""
    return Finding("note", what, text, advice)


def warn(what: str, text: str, advice: str = "") -> Finding:
    """Make a finding with which runs work, but slowly, or not to the end."""
    return Finding("warn", what, text, advice)


def fail(what: str, text: str, advice: str = "", *, blocks: bool = False) -> Finding:
    """Make a finding with which runs will not work."""
    return Finding("FAIL", what, text, advice, blocks)
