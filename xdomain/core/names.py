"""Check names and texts that others wrote: what may become part of a path, and what may be printed."""

import re

LONGEST = 200  # bytes of a name; file systems take 255, and some names are put together of two
PLAIN = "letters, digits, '_', '.', '+' and '-', the first a letter, digit or '_'"


def is_plain(name: str) -> bool:
    """Tell whether a name is one plain component of a path."""
    return re.fullmatch(r"\w[\w.+-]*", name) is not None and len(name.encode()) <= LONGEST


def printable(text: object, allowed: str = "\n\t") -> str:
    r"""Write a text so that it cannot steer a terminal: what is unprintable, and not `allowed`, becomes `\x1b`."""
    return "".join(c if c.isprintable() or c in allowed else ascii(c)[1:-1] for c in str(text))


def one_line(text: object) -> str:
    r"""Write a text that others wrote into a sentence: a line break becomes `\n`, whatever is unprintable `\x1b`."""
    return printable(text, allowed="")
