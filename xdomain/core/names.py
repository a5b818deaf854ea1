"""Check names and texts that others wrote: what may become part of a path, and what may be printed."""

import difflib
import re
from collections.abc import Iterable

LONGEST = 200  # bytes of a name; file systems take 255, and some names are put together of two
PLAIN = "letters, digits, '_', '.', '+' and '-', the first a letter, digit or '_'"


def is_plain(name: str) -> bool:
    """Tell whether a name is one plain component of a path."""
    return re.fullmatch(r"\w[\w.+-]*", name) is not None and len(name.encode()) <= LONGEST


LIBRARIES = ("torchvision", "transformers")  # whose models are named such as torchvision:r3d_18


def library_and_model(name: str) -> tuple[str, str]:
    """Split the name of a library's model, such as `torchvision:r3d_18`; two empty texts for any other name."""
    library, colon, model = name.partition(":")
    return (library, model) if colon and library in LIBRARIES and model else ("", "")


def is_library_model(name: str) -> bool:
    """Tell whether a name is such as `torchvision:r3d_18`, `transformers:owner/name` or `transformers:/a/folder`."""
    model = library_and_model(name)[1]
    if not model.startswith("/"):
        return bool(model) and len(parts := model.split("/")) <= 2 and all(map(is_plain, parts))
    return model.isprintable() and len(model) <= 4000 and is_plain(library_model_label(name))


def library_model_label(name: str) -> str:
    """Write the name of a library's model as a part of a folder's name; of a path its last part."""
    library, model = library_and_model(name)
    model = re.sub(r"[^\w.+-]+", "-", model.rstrip("/").rpartition("/")[2] if model.startswith("/") else model)
    return f"{library}-{model}"


def counted(number: int, noun: str) -> str:
    """Write how many there are of what `noun` names in the singular, such as "1 run" or "16,997 clips"."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Ask, behind a sentence on a name that is none of the known ones, for the nearest of them; empty if none is."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {near[0]}?" if near else ""


def printable(text: object, allowed: str = "\n\t") -> str:
    r"""Write a text so that it cannot steer a terminal: what is unprintable, and not `allowed`, becomes `\x1b`."""
    return "".join(c if c.isprintable() or c in allowed else ascii(c)[1:-1] for c in str(text))


def one_line(text: object) -> str:
    r"""Write a text that others wrote into a sentence: a line break becomes `\n`, whatever is unprintable `\x1b`."""
    return printable(text, allowed="")
