"""A small dataset of videos, and the cache of its training clips."""

import shutil
from pathlib import Path

import pytest
from support.made_videos import TRAIN_CACHE, write_dataset

from xdomain.datasets.clip_cache.build import build_cache


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Path:
    """A data root with a dataset of 20 training and 3 test clips, and nothing else."""
    root = tmp_path_factory.mktemp("data")
    write_dataset(root / "made")
    return root


@pytest.fixture(scope="session")
def reference(made, tmp_path_factory) -> Path:
    """The finished cache of its training clips, not to be changed."""
    root = tmp_path_factory.mktemp("reference")
    (root / "made").symlink_to(made / "made")
    built = build_cache(TRAIN_CACHE, root)
    kept = root / "kept"
    built.rename(kept)
    return kept


@pytest.fixture
def root(made, tmp_path) -> Path:
    """A data root of a test's own with the same videos."""
    shutil.copytree(made / "made", tmp_path / "made", ignore=shutil.ignore_patterns("cache"))
    return tmp_path


@pytest.fixture
def cache(reference, tmp_path) -> Path:
    """A copy of the finished cache, to be damaged."""
    return shutil.copytree(reference, tmp_path / "copy")
