"""A tiny archive that masks are imported for."""

import shutil

import pytest
from support.made_archive import make_archive


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Four clips, not to be changed."""
    return make_archive(tmp_path_factory.mktemp("data") / "tiny")


@pytest.fixture
def dataset(archive, tmp_path):
    """A copy of it for each test."""
    return shutil.copytree(archive, tmp_path / "tiny")
