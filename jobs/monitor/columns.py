"""Draw tables: plain columns for logs and pipes, the same in colour for a terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xdomain.core.names import printable
from xdomain.core.output import say, terminal

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table as Drawing

GAP = 3  # columns between two cells, where they are drawn
SENTENCE = 20  # columns in which a sentence may be folded
COLOURS = {
    "finished": "green",
    "diverged": "magenta",
    "nonfinite": "magenta",
    "running": "cyan",
    "queued": "blue",
    "interrupted": "yellow",
    "failed": "red",
}


@dataclass(frozen=True)
class Table:
    """A head and rows of cells; the first `texts` columns are aligned left, the others, which are numbers, right."""

    head: list[str]
    rows: list[list[str]]
    texts: int
    has_sum: bool = False  # in its last row

    def lines(self) -> list[str]:
        """Write a line for each row, with columns as wide as what is in them."""
        rows, widths = [self.head, *self.rows], self._widths()
        align = [str.ljust] * self.texts + [str.rjust] * (len(self.head) - self.texts)
        lines = (
            "  ".join(fit(cell, width) for fit, cell, width in zip(align, row, widths, strict=True)) for row in rows
        )
        return [line.rstrip() for line in lines]

    def _widths(self) -> list[int]:
        return [max(map(len, column)) for column in zip(self.head, *self.rows, strict=True)]

    def fits(self, width: int) -> bool:
        """Tell whether a terminal of `width` columns shows each cell on one line, sentences in the last one apart."""
        widths = self._widths()
        if not self.head[-1]:
            widths[-1] = min(widths[-1], SENTENCE)
        return sum(widths) + GAP * len(widths) <= width

    def drawn(self) -> "Drawing":
        """Draw it for a terminal: states have their colours, a sum is set off."""
        from rich.box import SIMPLE_HEAD
        from rich.table import Table as Drawing
        from rich.text import Text

        drawing = Drawing(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for column, name in enumerate(self.head):
            drawing.add_column(Text(name), justify="left" if column < self.texts else "right", overflow="fold")
        for number, row in enumerate(self.rows):
            is_sum = self.has_sum and number == len(self.rows) - 1
            if is_sum:
                drawing.add_section()
            cells = [
                Text(printable(cell), COLOURS.get(name, COLOURS.get(cell, "")))
                for name, cell in zip(self.head, row, strict=True)
            ]
            drawing.add_row(*cells, style="bold" if is_sum else "")
        return drawing


Block = str | Table  # of a command's output: a line, or a table


def plain(blocks: Sequence[Block]) -> str:
    """Write blocks as lines."""
    return "\n".join(line for block in blocks for line in (block.lines() if isinstance(block, Table) else [block]))


def drawn(blocks: Sequence[Block], width: int) -> "Group":
    """Draw blocks for a terminal of `width` columns; a line that begins with a state has that in its colour."""
    from rich.console import Group
    from rich.text import Text

    parts: list[Drawing | Text] = []
    for block in blocks:
        if isinstance(block, Table):
            parts.append(block.drawn() if block.fits(width) else Text(printable(plain([block])), overflow="fold"))
        elif block:  # tables have space around them
            line = Text(printable(block), overflow="fold")
            line.stylize(COLOURS.get(block.split()[0], ""), 0, len(block.split()[0]))
            parts.append(line)
    return Group(*parts)


def show(blocks: Sequence[Block]) -> None:
    """Draw blocks in a terminal, or write them as lines to a log, pipe or file."""
    if console := terminal():
        console.print(drawn(blocks, console.width))
    else:
        say(printable(plain(blocks)))
