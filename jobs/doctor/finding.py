"""Say of one thing a level, what was found, and what to do about it."""

import textwrap
from dataclasses import dataclass

import click

COLOURS = {"ok": "green", "note": "cyan", "warn": "yellow", "FAIL": "red"}


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report."""

    level: str  # ok, note (good to know), warn (runs work, but badly) or FAIL (runs do not work)
    what: str
    text: str
    advice: str = ""
    blocks: bool = False  # a FAIL with which a job on a node would tell nothing more

    def line(self, width: int | None = None) -> str:
        """Write the finding for people, wrapped to `width` columns if given, so that a pipe gets a line each."""
        head = f"{self.level:<5} {self.what:<13} "
        text = f"{self.text} {self.advice}".strip()
        if width and width > 2 * len(head):
            lines = textwrap.wrap(text, width - len(head), break_long_words=False, break_on_hyphens=False)
            text = ("\n" + " " * len(head)).join(lines)
        return click.style(head[:5], fg=COLOURS[self.level], bold=self.level == "FAIL") + head[5:] + text


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
