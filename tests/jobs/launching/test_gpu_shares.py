"""Which GPUs a run on this machine gets, and what part of them counts as its own."""

import pytest
from support.tiny_runs import tiny

from jobs.backends.local import _gpus_of
from jobs.cluster.profile import Profile
from jobs.launching.plan import Plan
from jobs.state.state import NEW, RunState


@pytest.mark.parametrize(
    ("slots", "gpus", "ranks", "chosen"),
    [
        (2, 8, 3, [[0, 1, 2], [3, 4, 5]]),
        (3, 8, 3, [[0, 1, 2], [3, 4, 5], [6, 7, 0]]),  # a rank for each of them, though one is shared
        (3, 2, 1, [[0], [1], [0]]),
        (2, 1, 2, [[0], [0]]),
        (1, 0, 2, [[]]),
    ],
)
def test_every_rank_has_a_gpu_where_there_are_as_many(slots, gpus, ranks, chosen):
    assert [_gpus_of(slot, list(range(gpus)), ranks) for slot in range(slots)] == chosen


@pytest.mark.parametrize(
    ("gpus", "runs", "at_once", "share"),
    [("", 4, 4, 0), ("0", 4, 4, 0.25), ("0", 1, 4, 1), ("0,1", 4, 4, 0.5), ("0,1,2", 4, 2, 1)],
)
def test_runs_that_share_a_gpu_here_have_a_part_of_its_hours(tiny_roots, monkeypatch, gpus, runs, at_once, share):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", gpus)
    states = [RunState(tiny(seed=seed), NEW) for seed in range(runs)]
    assert Plan(states, "local", Profile(), at_once).gpus == share
    assert Plan(states, "debug", Profile(), at_once).gpus == bool(gpus)
