from pathlib import Path

import pytest
from support.made_bundles import pack_both


@pytest.fixture(autouse=True)
def roots(own_roots: Path) -> Path:
    """Roots of each test's own; returns their parent."""
    return own_roots


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of two small studies, and beside it the roots that it was made from."""
    return pack_both(tmp_path_factory.mktemp("bundles"))
