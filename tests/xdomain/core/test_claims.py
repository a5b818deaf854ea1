"""At most one process works on a run: proved with real processes that want one claim at the same moment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import claim_contenders

from xdomain.core.claims.claim import AlreadyClaimed, claimed, read_claim
from xdomain.core.claims.holder import process_start


def contend(folder: Path, contenders: int, rounds: int, deaths: float) -> list[int]:
    """The exit codes of that many processes."""
    command = [sys.executable, claim_contenders.__file__, str(folder), str(contenders), str(rounds), str(deaths)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return [int(code) for code in done.stdout.split()]


def violations(folder: Path) -> list[str]:
    file = folder / "violations"
    return file.read_text().splitlines() if file.exists() else []


def test_a_claim_says_who_holds_it_and_goes_with_its_block(tmp_path):
    path = tmp_path / "run" / "claim.json"
    with claimed(path):
        claim = read_claim(path)
        assert claim["pid"] == os.getpid()
        assert claim["process_start"] == process_start(os.getpid())
    assert os.listdir(path.parent) == []


def test_a_claim_goes_when_its_block_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), claimed(tmp_path / "claim.json"):
        raise ZeroDivisionError
    assert os.listdir(tmp_path) == []


def test_a_held_claim_is_refused_with_its_holder_and_leaves_nothing(tmp_path):
    with claimed(tmp_path / "claim.json"):
        with (
            pytest.raises(AlreadyClaimed, match=rf"process {os.getpid()}\) works on it"),
            claimed(tmp_path / "claim.json"),
        ):
            pass
        assert os.listdir(tmp_path) == ["claim.json"]


def test_no_two_processes_hold_it_at_once(tmp_path):
    codes = contend(tmp_path, contenders=8, rounds=30, deaths=0)
    assert codes == [0] * 8
    assert violations(tmp_path) == []
    assert (tmp_path / "counter").read_text() == "240"


def test_no_two_processes_hold_it_at_once_while_holders_die(tmp_path):
    """Every death leaves a void claim that several processes find void, and want, at the same moment."""
    for attempt in range(4):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        codes = contend(folder, contenders=40, rounds=20, deaths=0.5)
        assert set(codes) <= {0, -9}, "a contender failed instead of waiting or dying"
        assert codes.count(-9) > 10, "too few deaths for a proof"
        assert violations(folder) == []
