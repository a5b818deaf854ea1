"""The published split is torch's own permutation."""

import hashlib

import numpy as np
import pytest
import torch

from xdomain.core.permutation import MOST, published_permutation


@pytest.mark.parametrize("n", [0, 1, 2, 3, 10, 623, 624, 625, 1000, 5000, 15027])
def test_it_is_what_torch_permutes(n):
    expected = torch.randperm(n, generator=torch.Generator().manual_seed(42))
    np.testing.assert_array_equal(published_permutation(n), expected.numpy())
    assert published_permutation(n).dtype == np.int64


@pytest.mark.parametrize("seed", [0, 1, 43, 2**31, 2**32 - 1])
def test_other_seeds_permute_as_torch_does(seed):
    expected = torch.randperm(777, generator=torch.Generator().manual_seed(seed))
    np.testing.assert_array_equal(published_permutation(777, seed), expected.numpy())


@pytest.mark.parametrize(
    ("n", "first", "digest"),
    [
        (
            5000,
            [2542, 430, 846, 4406, 2154, 4435, 2792, 794],
            "b6dc687a96f49032689fdcdc7b886c4b8291540aece92e9cb87f7a1faca4802d",
        ),
        (
            15027,
            [12219, 6388, 2728, 2881, 11797, 13056, 13972, 3551],
            "622be11bcf8ff0ff56cec3dc8a288c5ff3579a7b6663c372dbbc6ff98daffbf3",
        ),
    ],
)
def test_it_is_the_same_for_ever(n, first, digest):
    """Written down from torch 2.13, in case a later torch permutes otherwise."""
    order = published_permutation(n)
    assert order[:8].tolist() == first
    assert hashlib.sha256(order.astype("<i8").tobytes()).hexdigest() == digest


@pytest.mark.parametrize("n", [-1, MOST])
def test_other_numbers_are_refused(n):
    with pytest.raises(ValueError, match="the permutation is known for"):
        published_permutation(n)
