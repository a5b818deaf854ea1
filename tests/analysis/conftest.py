from pathlib import Path

import pytest
from support.made_bundles import pack_both


@pytest.fixture(autouse=True)
def roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty runs and results of each test's own."""
    monkeypatch.setenv("XDOMAIN_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("XDOMAIN_RESULTS", str(tmp_path / "results"))
    return tmp_path


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of two small studies, and beside it the roots that it was made from."""
    return pack_both(tmp_path_factory.mktemp("bundles"))
