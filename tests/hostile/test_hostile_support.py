"""The helper notices what it is there for."""

import os
import time
from pathlib import Path

import pytest
from support.hostile_support import RAISED, Canary, attempted

from xdomain.core.errors import UserError


def fail(text: str) -> None:
    raise UserError(text)


def test_a_sentence_is_a_refusal() -> None:
    attempted(lambda: fail("no plain component")).assert_refused("no plain component")
    with pytest.raises(AssertionError):
        attempted(lambda: fail("a sentence that clears\x1b[2J the screen")).assert_refused()


def test_a_traceback_is_none() -> None:
    outcome = attempted(lambda: [][0])
    assert outcome.code == RAISED
    with pytest.raises(AssertionError):
        outcome.assert_refused()


def test_too_much_memory_and_too_much_time() -> None:
    assert "MemoryError" in attempted(lambda: bytearray(600 << 20)).output
    assert attempted(lambda: [None for _ in iter(int, 1) if time], seconds=1, memory=1 << 30).code < 0


def test_the_canary_sees_reading_and_writing(tmp_path: Path) -> None:
    canary = Canary(tmp_path / "canary")
    os.symlink(canary.folder, tmp_path / "link")
    reading = attempted((tmp_path / "link/private/secret.txt").read_text)
    canary.assert_untouched()
    with pytest.raises(AssertionError):
        canary.assert_untouched(reading)
    attempted((tmp_path / "link/new.txt").touch)
    with pytest.raises(AssertionError):
        canary.assert_untouched()
