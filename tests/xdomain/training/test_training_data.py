"""Which clips a step sees: decided by seed and epoch alone, so that a resumed run sees the same."""

import numpy as np
import pytest
import torch
from support.tiny_runs import tiny

from xdomain.datasets.temporal_shape.clipset import open_set, set_paths, split
from xdomain.training.data import Batches, DeviceClips, Share, SourceData, loader

CPU = torch.device("cpu")


ALONE = Share()


def order(seed: int | None, epoch: int, clips: int = 23, batch_size: int = 5, share: Share = ALONE) -> list[list[int]]:
    batches = Batches(clips, batch_size, CPU, share, seed)
    batches.set_epoch(epoch)
    assert len(batches) == len(list(batches))
    return [batch.tolist() for batch in batches]


def test_the_order_depends_on_seed_and_epoch_alone():
    torch.manual_seed(1)
    first = order(seed=42, epoch=3)
    torch.manual_seed(2)
    np.random.default_rng().random()
    assert order(seed=42, epoch=3) == first
    assert order(seed=42, epoch=4) != first
    assert order(seed=43, epoch=3) != first


def test_no_two_of_the_studys_epochs_have_the_same_order():
    orders = {str(order(seed, epoch)) for seed in (42, 61, 47, 53, 57) for epoch in range(300)}
    assert len(orders) == 1500


def test_drawing_an_order_leaves_the_global_generator_alone():
    """Else a model's chance (dropout in a user's model) would hang on the number of batches."""
    torch.manual_seed(1)
    before = torch.get_rng_state()
    order(seed=42, epoch=0)
    assert torch.equal(torch.get_rng_state(), before)


def test_training_drops_the_incomplete_batch_and_repeats_no_clip():
    batches = order(seed=42, epoch=0)
    assert [len(batch) for batch in batches] == [5, 5, 5, 5]
    assert len({clip for batch in batches for clip in batch}) == 20
    left_out = [set(range(23)) - {c for batch in order(42, epoch) for c in batch} for epoch in (0, 1)]
    assert left_out[0] != left_out[1], "it is not always the same clips that are dropped"


def test_validation_keeps_every_clip_in_order():
    batches = order(seed=None, epoch=7)
    assert [clip for batch in batches for clip in batch] == list(range(23))
    assert [len(batch) for batch in batches] == [5, 5, 5, 5, 3]


@pytest.mark.parametrize("seed", [42, None])
def test_ranks_part_the_batches_that_one_process_would_see(seed):
    """Each clip goes to one rank, so that no clip counts twice in a loss or an accuracy."""
    alone = order(seed, epoch=3, batch_size=6)
    shares = [order(seed, epoch=3, batch_size=2, share=Share(rank, 3)) for rank in range(3)]
    for step, batch in enumerate(alone):
        parts = [clip for share in shares for clip in (share[step] if step < len(share) else [])]
        assert sorted(parts) == sorted(batch)
        assert len(parts) == len(set(parts))


def test_pixels_become_numbers_from_0_to_1():
    clips = np.array([[[[0, 51], [102, 255]]]], dtype=np.uint8).repeat(2, axis=0)  # (2, 1, 2, 2)
    (batch,) = loader(DeviceClips(clips, np.array([3, 1], dtype=np.uint8), CPU), batch_size=2, share=ALONE)
    pixels, labels = batch
    assert pixels.shape == (2, 1, 1, 2, 2)
    assert pixels.dtype == torch.float32
    torch.testing.assert_close(pixels[0].flatten(), torch.tensor([0, 0.2, 0.4, 1]))
    assert labels.tolist() == [3, 1]


def test_the_split_is_that_of_the_spec_for_every_seed(tiny_data):
    data = tiny().data
    source = open_set(set_paths(data.source_set("2dot"), tiny_data)[0])
    train, val = split(13, 8, data.split_seed)
    for seed in (42, 61):
        made = SourceData(source, data, batch_size=4, seed=seed)
        np.testing.assert_array_equal(made.train_indices, train)
        np.testing.assert_array_equal(made.val_indices, val)


@pytest.mark.parametrize("clips", [10, 11])
def test_a_shuffled_loader_reshuffles_when_its_epoch_is_set(clips):
    labels = np.arange(clips, dtype=np.uint8)
    batches = loader(DeviceClips(np.zeros((clips, 1, 1, 1), np.uint8), labels, CPU), 5, ALONE, shuffle_seed=42)
    seen = []
    for epoch in (0, 1, 0):
        batches.sampler.set_epoch(epoch)
        seen.append([label for _, batch in batches for label in batch.tolist()])
    assert seen[0] == seen[2] != seen[1]
