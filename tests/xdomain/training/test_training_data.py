"""Which clips a step sees: decided by seed and epoch alone, so that a resumed run sees the same."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from support.tiny_runs import tiny

from xdomain.core.errors import UserError
from xdomain.datasets.temporal_shape.clipset import open_set, set_paths, split
from xdomain.training.data import Batches, DeviceClips, Share, SourceData, loader
from xdomain.training.video_data import FlippedBatches, VideoClips, video_loader

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


def test_every_step_of_an_epoch_takes_as_many_batches(tiny_data):
    """Eight clips are four batches of two; of the three that make a step one is left over, as clips of a batch are."""
    spec = tiny(batch_size=2, accumulate=3)
    made = SourceData(open_set(set_paths(spec.data.source_set("2dot"), tiny_data)[0]), spec)
    made.trainer = SimpleNamespace(strategy=SimpleNamespace(root_device=CPU), global_rank=0, world_size=1)
    made.setup("fit")
    assert [len(labels) for _, labels in made.train_dataloader()] == [2, 2, 2]
    assert sum(len(labels) for _, labels in made.val_dataloader()) == 5


def test_whether_a_clip_is_flipped_does_not_hang_on_its_place():
    """Of fair flips, each clip's count over the epochs has the variance of a coin's, and so have places of a batch."""
    clips, epochs = 1000, 400
    batches = FlippedBatches(clips, clips, CPU, ALONE, shuffle_seed=42)
    of_clips, of_places = np.zeros(clips), np.zeros(clips)
    for epoch in range(epochs):
        batches.set_epoch(epoch)
        ((order, flips),) = (batch.T.numpy() for batch in batches)
        of_clips[order] += flips
        of_places += flips
        assert sorted(order) == list(range(clips))
    for counts in (of_clips, of_places):
        assert np.mean((counts - epochs / 2) ** 2) == pytest.approx(epochs / 4, rel=0.15)
    # Neither do flips go with even numbers, which a generator of the order's own words would give.
    even = of_clips[::2].mean() - of_clips[1::2].mean()
    assert abs(even) < 4 * np.sqrt(epochs / 4 * 4 / clips)


def test_fewer_clips_than_ranks_are_refused_by_all_of_them():
    """A rank without a clip would end in torch's own error, and the others would wait for it."""
    clips = VideoClips(SimpleNamespace(labels=np.zeros(3), is_decoded_here=False), np.arange(3))
    for rank in range(4):
        with pytest.raises(UserError, match="4 ranks are more than the 3 clips to evaluate"):
            video_loader(clips, 2, Share(rank, 4))
    assert len(video_loader(clips, 2, Share(2, 3))) == 1


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
        made = SourceData(source, tiny(seed=seed))
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
