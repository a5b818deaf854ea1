"""Made-up MNIST files, since the real ones need a network."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest


def idx_bytes(images: np.ndarray) -> bytes:
    """An IDX file of images (K, rows, columns)."""
    return struct.pack(">4I", 2051, *images.shape) + images.tobytes()


@pytest.fixture(scope="session")
def drawn_digits() -> dict[str, np.ndarray]:
    """50 train and 20 test pictures, 28×28, that look like nothing but differ from each other."""
    rng = np.random.default_rng(0)
    return {
        split: rng.integers(0, 256, size=(count, 28, 28), dtype=np.uint8)
        for split, count in (("train", 50), ("test", 20))
    }


@pytest.fixture(scope="session")
def idx_folder(tmp_path_factory: pytest.TempPathFactory, drawn_digits: dict[str, np.ndarray]) -> Path:
    """MNIST's standard names: the train images gzipped, the test images not."""
    folder = tmp_path_factory.mktemp("idx")
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx_bytes(drawn_digits["train"])))
    (folder / "t10k-images-idx3-ubyte").write_bytes(idx_bytes(drawn_digits["test"]))
    return folder
