"""Output that no terminal and no log can end: what it cannot show is written as an escape."""

import io
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def accept_any_text() -> None:
    r"""Let this process print any text: a letter that the output's encoding lacks becomes an escape such as \u2192."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str = "", *, error: bool = False) -> None:
    """Print a line at once, to standard output or, of an `error`, to standard error."""
    print(text, file=sys.stderr if error else sys.stdout, flush=True)


def terminal() -> "Console | None":
    """Return what draws on standard output where that is a terminal; logs, pipes and files get plain text: None.

    Colours are left out where NO_COLOR is set or the terminal has none.
    """
    if not sys.stdout.isatty():
        return None
    from rich.console import Console

    return Console(highlight=False)
