"""A user's function that asks for the masks, from drawn dives and their true masks to an evaluation on its clips."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pytest
import torch
from click.testing import CliRunner
from support.roots import set_roots
from support.tiny_videos import tiny_diving
from support.users_domains import install

from segment.__main__ import main as segment
from segment.masks.mask_set import open_masks
from xdomain.__main__ import main as xdomain
from xdomain.core.roots import STREAM
from xdomain.datasets.clip_cache.reader import open_cache
from xdomain.domains.registry import find
from xdomain.execute.run import execute
from xdomain.specs.videos import VideoDataSpec

FRAMES, SIDE = 16, 32
LIT = 60  # of 255: brighter than what the codec leaves of black


def said(command: click.Command, words: str) -> None:
    done = CliRunner().invoke(command, words.split(), catch_exceptions=False)
    assert done.exit_code == 0, done.output


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data root with fourteen drawn dives, their true masks, and the domain cut-out: black but for the divers."""
    install(tmp_path / "site", monkeypatch)
    set_roots(monkeypatch, data=tmp_path, runs=tmp_path / "runs")
    said(
        xdomain,
        "mini-diving --out mini --train 10 --test 4 --classes 2 --size 64x84 --length 20 --labelled 0 --workers 1",
    )
    said(segment, f"truth --dataset mini --frames {FRAMES}")
    words = f"--frames {FRAMES} --side {SIDE} --workers 1"
    said(segment, f"domains --dataset mini --masks truth --domain cut-out,I {words}")
    yield tmp_path
    find.cache_clear()
    torch.use_deterministic_algorithms(False)  # `execute` is called in this process


def test_its_clips_show_the_divers_alone_and_are_evaluated_on(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clips = VideoDataSpec("mini", FRAMES, SIDE, val_clips=3, masks="truth")
    masks = open_masks(data / "mini/masks/truth")
    made, unmodified = (open_cache(clips.cache(name).folder(data)) for name in ("cut-out", "I"))
    shown = 0
    for number, name in enumerate(made.names):
        areas = masks[name].masks.sum(axis=(1, 2))  # (T,) pixels of 369 × 492
        for area, frame, whole in zip(areas, made[number], unmodified[number], strict=True):
            assert whole.max() > 2 * LIT
            if area == 0:
                assert frame.max() < LIT, "nothing but what the codec leaves of black"
            elif area > 1000:
                shown += frame.max() > LIT
                assert (frame.max(axis=2) > LIT).mean() < 4 * area / masks[name].masks[0].size
    assert shown > 10

    monkeypatch.setenv(STREAM, "1")  # the training clips have no cache
    training = dataclasses.replace(tiny_diving(max_epochs=1), data=clips)
    assert execute(training) is not None
    spec = training.evaluation("cut-out")
    assert spec.id.split("/")[1] == "random@cut-out-truth"
    result = execute(spec)
    assert result is not None
    assert result.clips == {"cut-out": 4}
    assert np.isfinite(list(result.checkpoints.values())).all()
