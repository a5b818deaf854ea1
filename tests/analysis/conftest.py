from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty runs and results of each test's own."""
    monkeypatch.setenv("XDOMAIN_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("XDOMAIN_RESULTS", str(tmp_path / "results"))
    return tmp_path
