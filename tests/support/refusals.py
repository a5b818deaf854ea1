"""How a wrong command line is answered: with one sentence, before anything is done."""

import os
from collections.abc import Callable

from click.testing import Result


def assert_refused(done: Result, sentence: str) -> None:
    """Assert that a command ended with exit code 2 and one line, an error that holds `sentence`."""
    assert done.exit_code == 2, done.output
    assert done.stderr.startswith("Error: ")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def assert_words_refused(launch: Callable[..., Result], words: list[str], sentence: str) -> None:
    """Assert that a launch with these words is refused on this machine, and leaves its folder empty."""
    dry = [] if "--json" in words else ["--dry-run"]  # should the words be taken, nothing starts all the same
    assert_refused(launch("--cluster", "local", *words, *dry), sentence)
    assert os.listdir() == []
