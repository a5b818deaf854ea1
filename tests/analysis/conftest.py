from pathlib import Path

import pytest
from made_bundles import STUDIES, analysis, write_both


@pytest.fixture(autouse=True)
def roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty runs and results of each test's own."""
    monkeypatch.setenv("XDOMAIN_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("XDOMAIN_RESULTS", str(tmp_path / "results"))
    return tmp_path


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of two small studies, and beside it the roots that it was made from."""
    folder = tmp_path_factory.mktemp("bundles")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDOMAIN_RUNS", str(folder / "runs"))
        patch.setenv("XDOMAIN_RESULTS", str(folder / "results"))
        write_both()
        done = analysis("bundle", folder / "b.tar.gz", *STUDIES)
    assert done.exit_code == 0, done.output
    return folder / "b.tar.gz"
