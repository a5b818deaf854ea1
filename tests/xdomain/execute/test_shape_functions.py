"""Temporal Shape's clips in domains that are functions: the temporal controls, and an object of a user's own."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from support.tiny_runs import tiny
from support.users_domains import install

from jobs.launching.temporal_shape import GridRequest, grid_runs
from xdomain.core.errors import UserError
from xdomain.datasets.temporal_shape.changed import changed_set
from xdomain.datasets.temporal_shape.clipset import open_set, set_paths
from xdomain.domains.registry import find
from xdomain.execute.run import execute
from xdomain.runs.run_folder import RunFolder


@pytest.fixture(autouse=True)
def _as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    install(tmp_path / "site", monkeypatch)
    yield
    find.cache_clear()
    torch.use_deterministic_algorithms(False)


def test_labels_and_the_other_fields_stay(tiny_data: Path) -> None:
    clips = open_set(set_paths(tiny().data.eval_set("2dot", "2dot"), tiny_data)[0])
    made = changed_set(clips, "reversed")
    np.testing.assert_array_equal(made.clips, clips.clips[:, ::-1])
    np.testing.assert_array_equal(made.labels, clips.labels)
    still = changed_set(clips, "frozen").clips
    np.testing.assert_array_equal(still, np.broadcast_to(clips.clips[:, 10:11], still.shape))


def test_a_users_own_object_moves_where_the_dot_did(tiny_data: Path) -> None:
    clips = open_set(set_paths(tiny().data.eval_set("2dot", "2dot"), tiny_data)[0])
    made = changed_set(clips, "star")
    for clip, positions in zip(made.clips, clips.positions, strict=True):
        for frame, (x, y) in zip(clip, positions.astype(int), strict=True):
            if 3 < x < 60 and 3 < y < 60:
                assert (frame > 0).sum() == 13
                rows, columns = np.nonzero(frame)
                assert (rows.mean(), columns.mean()) == (y, x)


def test_a_run_is_evaluated_on_them_beside_the_papers_domains(tiny_roots: Path) -> None:
    spec = tiny(max_epochs=1)
    spec = dataclasses.replace(spec, targets=(*spec.targets, "frozen", "star"), variant="also")
    execute(spec)
    result = RunFolder.of(spec).result()
    assert list(result["accuracy"]) == ["validation", "2dot", "5dot", "mnist", "mnist-bg", "frozen", "star"]
    assert result["clips"]["star"] == 3
    assert len(result["data"]) == 5, "no other sets are read than those of the paper"


def test_the_launcher_makes_a_variant_of_them() -> None:
    (spec,) = grid_runs(GridRequest("2dot", ("3dcnn",), (2,), (42,), also=("reversed", "half-rate")))
    assert spec.id == "ts-also.reversed.half-rate/2dot/3dcnn/h2/seed42"
    assert spec.targets == ("2dot", "5dot", "mnist", "mnist-bg", "reversed", "half-rate")
    (tagged,) = grid_runs(GridRequest("2dot", ("3dcnn",), (2,), (42,), tag="mine", also=("star",)))
    assert tagged.study_key == "ts-mine"


@pytest.mark.parametrize(
    ("also", "words"),
    [
        ("5dot", "--also 5dot: every run is evaluated on it"),
        ("S1", "no function for the domain 'S1'"),
        ("cropped", r"made \(20, 63, 64, 1\) uint8"),
        ("cut-out", "asks for 'masks', which these clips do not have"),
        ("dusk", "no function for the domain 'dusk'"),
    ],
)
def test_what_cannot_be_made_is_named_before_anything_is_trained(also: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        grid_runs(GridRequest("2dot", also=(also,)))
