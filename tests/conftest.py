"""What all tests share: clip sets of a few clips, made once, and run folders of each test's own."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.roots import ROOTS, set_roots, set_roots_below
from support.tiny_runs import tiny

from xdomain.datasets.temporal_shape.generate import generate

# A shell's background job starts with Ctrl-C ignored, and so would every process of these tests.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """Give each test's process the variables of before: a job that runs in it takes its launch's roots over."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with every set that `tiny` runs read."""
    root = tmp_path_factory.mktemp("data")
    for clips in tiny().inputs:
        generate(clips, root)
    return root


@pytest.fixture
def own_roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The roots of the environment: data, runs and results of the test's own, none of them there; their parent."""
    set_roots_below(monkeypatch, tmp_path)
    return tmp_path


@pytest.fixture
def made_roots(own_roots: Path) -> Path:
    """The same, there and empty."""
    for name in ROOTS:
        (own_roots / name).mkdir()
    return own_roots


@pytest.fixture
def tiny_roots(tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The roots of the environment: the shared tiny data, and an empty runs folder, which is returned."""
    set_roots(monkeypatch, data=tiny_data, runs=tmp_path / "runs")
    return tmp_path / "runs"
