"""MNIST's images from a public mirror, downloaded once.

The labels are not fetched: a clip's class is its trajectory, whatever digit moves (paper section 3.2).
"""

import os
from pathlib import Path
from typing import NamedTuple

from xdomain.core.files import require_space
from xdomain.datasets.download.lock import alone
from xdomain.datasets.download.transfer.remote import RemoteFile

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
ROOM = 12_000_000  # bytes; more than the larger file


class IdxFile(NamedTuple):
    """A file of the mirrors: its name without .gz, and the MD5 of the .gz."""

    name: str
    md5: str


FILES = {
    "train": IdxFile("train-images-idx3-ubyte", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
    "test": IdxFile("t10k-images-idx3-ubyte", "9fb629c4189551a2d022fa330f9573f3"),
}


def fetch(split: str, cache: Path, mirrors: tuple[str, ...] = ()) -> Path:
    """Find the gzipped IDX file of the split's images in `cache`, downloaded if it is not there.

    `mirrors` are base URLs to try in order, by default XDOMAIN_MNIST_MIRROR (one URL) or else `MIRRORS`.

    Raises:
        UserError: no mirror gave the complete file; says why for each, and what to do without a network.
    """
    name = f"{FILES[split].name}.gz"
    path = cache / name
    if path.exists():
        return path
    from tqdm import tqdm

    from xdomain.datasets.download.transfer.download import download

    override = os.environ.get("XDOMAIN_MNIST_MIRROR")
    mirrors = mirrors or ((override,) if override else MIRRORS)
    file = RemoteFile(
        name, tuple(f"{mirror.rstrip('/')}/{name}" for mirror in mirrors), checksum=f"md5:{FILES[split].md5}"
    )
    require_space(cache, ROOM)
    with alone(cache), tqdm(desc=name, unit="B", unit_scale=True, disable=None) as bar:
        if not path.exists():  # another process may have brought it meanwhile
            download(
                file,
                path,
                f"Without a network, copy the file into {cache}, name a file or folder with --digits PATH, or take "
                "scikit-learn's digits with --digits uci (in a launch: --set digits=PATH or --set digits=uci).",
                bar,
            )
    return path
