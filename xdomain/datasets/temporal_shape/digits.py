"""The handwritten digits that move in `mnist` and `mnist-bg`: 28×28, resized to 14×14 (paper section 3.2)."""

import gzip
import hashlib
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from xdomain.core.errors import UserError
from xdomain.datasets.download import mnist
from xdomain.datasets.temporal_shape.render import DIGIT_SIDE

IDX_IMAGES = 2051  # the magic number of an IDX file of images
IDX_HEADER = struct.Struct(">4I")  # magic, count, rows, columns
GZIP = b"\x1f\x8b"  # what a gzip file begins with
TRAIN_PART = 0.8  # of a source that has no split of its own
UCI_WHITE = 16
PIECE = 1 << 20  # bytes read at a time
LARGEST = 1 << 30  # bytes that a file of digits may have; MNIST's has 47 MB


@dataclass(frozen=True)
class Digits:
    """Digits to draw from."""

    images: np.ndarray  # (K, 14, 14) uint8
    sha256: str  # of the source's images before resizing and splitting


def load_digits(source: str, split: str, cache: Path) -> Digits:
    """Read the digits of `split` (train or test) from `source`, resized to 14×14.

    Args:
        split: `train` or `test`.
        cache: the folder for downloads.
        source: `mnist` (downloaded into `cache` once), `uci` (1,797 8×8 digits that come with scikit-learn),
            or a path: a folder with MNIST's standard file names, or one IDX file, gzipped or not. The first
            80 % of `uci` or of a single file are the train digits, the others the test digits.

    Raises:
        UserError: nothing there, not reachable, or not a complete IDX file; names the file.
    """
    has_split = True
    if source == "mnist":
        images = read_idx(mnist.fetch(split, cache))
    elif source == "uci":
        images, has_split = _uci(), False
    elif Path(source).is_dir():
        images = read_idx(_in_folder(Path(source), split))
    else:
        images, has_split = read_idx(Path(source)), False
    digest = hashlib.sha256(images.tobytes()).hexdigest()
    if not has_split:
        train = int(TRAIN_PART * len(images))
        images = images[:train] if split == "train" else images[train:]
    if not len(images):
        raise UserError(f"--digits {source} has no digits for the split {split!r}. Give a larger file.")
    return Digits(np.stack([_resized(image) for image in images]), digest)


def read_idx(path: Path) -> np.ndarray:
    """Read the images (K, rows, columns), uint8, of an IDX file, gzipped or not.

    Raises:
        UserError: missing, not IDX images, or cut short.
    """
    if not path.is_file():
        raise UserError(f"There is no file {path}. Give --digits mnist, uci or a path of IDX files.")
    try:
        with path.open("rb") as file:
            data = _unpacked(file) if file.read(len(GZIP)) == GZIP else path.read_bytes()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"{path} is a damaged gzip file ({error}). Fetch it again.") from error
    magic, count, rows, columns = IDX_HEADER.unpack(data[: IDX_HEADER.size].ljust(IDX_HEADER.size, b"\0"))
    if magic != IDX_IMAGES:
        raise UserError(f"{path} is not an IDX file of images (it begins with {magic}, not {IDX_IMAGES}).")
    if len(data) != IDX_HEADER.size + count * rows * columns:
        raise UserError(f"{path} is cut short: it announces {count} images. Fetch it again.")
    return np.frombuffer(data, np.uint8, offset=IDX_HEADER.size).reshape(count, rows, columns)


def _unpacked(file: BinaryIO) -> bytes:
    """Unpack the content of a gzip file as far as its IDX header reaches, and a byte more if there is one."""
    file.seek(0)
    with gzip.GzipFile(fileobj=file) as unpacked:
        header = unpacked.read(IDX_HEADER.size)
        _, count, rows, columns = IDX_HEADER.unpack(header.ljust(IDX_HEADER.size, b"\0"))
        images, wanted = bytearray(), min(count * rows * columns, LARGEST) + 1
        while piece := unpacked.read(min(PIECE, wanted - len(images))):
            images += piece
        return header + bytes(images)


def _in_folder(folder: Path, split: str) -> Path:
    """Find the file with the images of `split`, gzipped or not."""
    name = mnist.FILES[split].name
    for candidate in (folder / name, folder / f"{name}.gz"):
        if candidate.exists():
            return candidate
    raise UserError(f"{folder} has neither {name} nor {name}.gz. Put one there, or name an IDX file.")


def _uci() -> np.ndarray:
    """Load scikit-learn's digits, (1797, 8, 8) uint8, scaled from 0..16 to 0..255."""
    from sklearn.datasets import load_digits as load_uci

    return np.rint(load_uci().images * (255 / UCI_WHITE)).astype(np.uint8)


def _resized(image: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(image).resize((DIGIT_SIDE, DIGIT_SIDE), Image.Resampling.LANCZOS))
