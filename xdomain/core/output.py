"""Output that no terminal and no log can end: what it cannot show is written as an escape."""

import io
import sys


def accept_any_text() -> None:
    r"""Let this process print any text: a letter that the output's encoding lacks becomes an escape such as \u2192."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
