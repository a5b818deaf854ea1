"""Trainings of small networks on frames drawn to be easy."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.drawn_frames import write_frames
from support.roots import set_roots

from segment.network.spec import SegmentSpec
from segment.training.train import train

FRAMES = 10


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with ten labelled frames, some of them with two divers."""
    root = tmp_path_factory.mktemp("data")
    write_frames(root / "drawn" / "frames", FRAMES)
    return root


@pytest.fixture
def runs(drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment's roots; the empty runs root is returned."""
    set_roots(monkeypatch, data=drawn, runs=tmp_path / "runs")
    return tmp_path / "runs"


@pytest.fixture(scope="module")
def in_one_go(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[SegmentSpec], Path]:
    """Train a network without an interruption; returns its folder."""

    def trained(spec: SegmentSpec) -> Path:
        with pytest.MonkeyPatch.context() as patch:
            set_roots(patch, data=drawn, runs=tmp_path_factory.mktemp("runs"))
            train(spec)
            return Path(os.environ["XDOMAIN_RUNS"]) / spec.id

    return trained
