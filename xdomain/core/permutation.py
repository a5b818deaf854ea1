"""The permutation by which the published experiments split their clips, with or without torch.

The published code permutes a listing with `torch.randperm` and a generator seeded with 42; the first places of the
permutation train. torch is absent where runs are only launched or tabulated, so its algorithm stands here in numpy.
"""

import numpy as np

SEED = 42
MOST = (2**32 - 1) // 20  # torch permutes longer listings in another way


def published_permutation(n: int, seed: int = SEED) -> np.ndarray:
    """Return what `torch.randperm(n, generator=torch.Generator().manual_seed(seed))` returns: (n,) int64.

    Raises:
        ValueError: `n` is too large for the algorithm, or negative.
    """
    if not 0 <= n < MOST:
        raise ValueError(f"{n} items: the permutation is known for 0 to {MOST - 1:,}.")
    # Both draw 32-bit words of mt19937. numpy keeps the stream of RandomState for ever, as torch keeps its own.
    words = np.random.RandomState(seed).randint(2**32, size=max(n - 1, 0), dtype=np.uint32)
    order = list(range(n))
    for place, word in enumerate(words.tolist()):
        other = place + word % (n - place)
        order[place], order[other] = order[other], order[place]
    return np.array(order, dtype=np.int64)
