"""Pages of the documentation whose parts the code makes: written anew, or with --check compared."""

import sys
from collections.abc import Callable
from pathlib import Path


def write_or_check(page: Path, made: Callable[[str], str], script: str) -> None:
    """Write the page as `made` makes it of its text; with --check end with a sentence if it is another."""
    text = page.read_text(encoding="utf-8")
    new = made(text)
    if "--check" not in sys.argv:
        page.write_text(new, encoding="utf-8")
    elif new != text:
        raise SystemExit(f"docs/{page.name} is out of date: python docs/{script}")
