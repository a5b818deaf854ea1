"""Loading processes are as many as /dev/shm has room for, and a loader that hangs is given up."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from xdomain.core import shared_memory
from xdomain.core.errors import UserError
from xdomain.core.shared_memory import fitting, workers_here
from xdomain.training import video_data
from xdomain.training.data import Share
from xdomain.training.video_data import VideoClips, video_loader

MB = 10**6
BATCH = 38_535_168  # bytes: 8 clips of 32 frames of 224 x 224 pixels of 3 colours


class MadeClips:
    """Twelve clips of 2 frames of 4 x 4 pixels, each of one value: its number."""

    is_decoded_here = True
    labels = np.arange(12)

    def __init__(self, seconds: float = 0) -> None:
        self.seconds = seconds

    def __getitem__(self, number: int) -> np.ndarray:
        if torch.utils.data.get_worker_info():
            time.sleep(self.seconds)
        return np.full((2, 4, 4, 3), number, dtype=np.uint8)


@pytest.fixture
def shm(monkeypatch):
    """/dev/shm with so many bytes free, on a machine with eight CPUs."""
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "8")

    def make(free: int) -> None:
        monkeypatch.setattr(shared_memory.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))

    return make


@pytest.mark.parametrize(
    ("free", "ranks", "workers"),
    [
        (64 * MB, 1, 0),  # a container's default; one process may hold four batches
        (4 * BATCH - 1, 1, 0),
        (4 * BATCH, 1, 1),
        (4 * BATCH, 2, 0),
        (700 * MB, 1, 8),  # 18 batches are 694 MB
        (690 * MB, 1, 7),
        (700 * MB, 8, 0),
        (5_600 * MB, 8, 8),
        (0, 1, 0),
    ],
)
def test_as_many_processes_as_there_is_room_for(free, ranks, workers):
    assert fitting(8, BATCH, ranks, free) == workers


def test_fewer_processes_are_said_with_the_numbers(shm, capsys):
    shm(64 * MB)
    assert workers_here(8, BATCH, ranks=2) == 0
    said = capsys.readouterr().out
    assert "/dev/shm has 64 MB free" in said
    assert "batches of 38.5 MB need 1,387 MB: 0 are started" in said
    shm(24_000 * MB)
    assert workers_here(8, BATCH, ranks=2) == 8
    assert capsys.readouterr().out == ""


def test_a_loader_has_fewer_processes_and_the_same_batches(shm):
    batch = 4 * 2 * 4 * 4 * 3
    seen = {}
    for free, workers in ((0, 0), (4 * batch, 1), (10**9, 7)):
        shm(free)
        loader = video_loader(VideoClips(MadeClips(), np.arange(12)), 4, Share(), shuffle_seed=1)
        assert loader.num_workers == workers
        if workers < 2:
            seen[workers] = [pixels[:, 0, 0, 0, 0].tolist() for pixels, _, _ in loader]
    assert seen[0] == seen[1]
    assert sorted(number for batch in seen[0] for number in batch) == list(range(12))


def test_a_loader_that_hangs_is_given_up_with_a_sentence(shm, monkeypatch):
    shm(4 * 4 * 2 * 4 * 4 * 3)
    monkeypatch.setattr(video_data, "STALL", 0.2)
    loader = video_loader(VideoClips(MadeClips(seconds=60), np.arange(12)), 4, Share())
    with pytest.raises(UserError, match=r"gave no batch for 0 seconds\. Is /dev/shm full"):
        next(iter(loader))
