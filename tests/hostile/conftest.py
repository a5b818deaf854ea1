from pathlib import Path

import pytest
from support.hostile_support import Canary


@pytest.fixture
def canary(tmp_path: Path) -> Canary:
    """Files that nothing may read or change; their folder is `tmp_path / "canary"`."""
    return Canary(tmp_path / "canary")


@pytest.fixture(autouse=True)
def roots(own_roots: Path) -> Path:
    """Roots of each test's own; returns their parent."""
    return own_roots


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of two small studies."""
    from support.made_bundles import pack_both

    return pack_both(tmp_path_factory.mktemp("bundles"))
