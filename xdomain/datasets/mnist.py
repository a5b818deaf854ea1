"""Fetch MNIST's images from a public mirror: resumed when cut off, checked by MD5, absent unless whole.

The labels are not fetched: a clip's class is its trajectory, whatever digit moves (paper section 3.2).
"""

import hashlib
import os
import uuid
from pathlib import Path
from typing import NamedTuple

import requests

from xdomain.errors import UserError
from xdomain.files import require_space

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
TRIES = 5  # for each mirror, as long as each brings something; it goes on where the one before broke off
TIMEOUT = (10, 30)  # seconds to connect, and between two pieces
PIECE = 1 << 16  # bytes
ROOM = 12_000_000  # bytes; more than the larger file


class RemoteFile(NamedTuple):
    """A file of the mirrors: its name without .gz, and the MD5 of the .gz."""

    name: str
    md5: str


FILES = {
    "train": RemoteFile("train-images-idx3-ubyte", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
    "test": RemoteFile("t10k-images-idx3-ubyte", "9fb629c4189551a2d022fa330f9573f3"),
}


def fetch(split: str, cache: Path, mirrors: tuple[str, ...] = ()) -> Path:
    """The gzipped IDX file of the split's images in `cache`, downloaded if it is not there.

    `mirrors` are base URLs to try in order, by default XDOMAIN_MNIST_MIRROR (one URL) or else `MIRRORS`.

    Raises:
        UserError: no mirror gave the whole file; says why for each, and what to do without a network.
    """
    name = f"{FILES[split].name}.gz"
    file = cache / name
    if file.exists():
        return file
    override = os.environ.get("XDOMAIN_MNIST_MIRROR")
    mirrors = mirrors or ((override,) if override else MIRRORS)
    require_space(cache, ROOM)
    # What an earlier attempt left is taken over by a rename, so that two processes never append to one file.
    kept = cache / f".{name}.part"
    part = cache / f".{name}.{uuid.uuid4().hex[:8]}.part"
    if kept.exists():
        kept.rename(part)
    reasons = []
    try:
        for mirror in mirrors:
            reason = _fetch_from(f"{mirror.rstrip('/')}/{name}", part, FILES[split].md5)
            if reason is None:
                part.replace(file)
                return file
            reasons.append(f"{mirror}: {reason}")
    finally:
        if part.exists():
            part.replace(kept)
    raise UserError(
        f"{name} could not be fetched ({'; '.join(reasons)}). Without a network, copy the file into {cache}, "
        "name a file or folder with --digits PATH, or take scikit-learn's digits with --digits uci "
        "(in a launch: --set digits=PATH or --set digits=uci)."
    )


def _fetch_from(url: str, part: Path, md5: str) -> str | None:
    """Bring `part` to the whole file; None when that is done, else the reason why not."""
    reason = ""
    for _ in range(TRIES):
        before = _size(part)
        try:
            _continue(url, part)
        except requests.RequestException as error:
            # A status says something; what is said of a connection is a page of class names.
            reason = str(error) if isinstance(error, requests.HTTPError) else type(error).__name__
            if _size(part) <= before:
                break
            continue
        if hashlib.md5(part.read_bytes()).hexdigest() == md5:
            return None
        part.unlink()  # nothing tells which of its bytes are wrong
        reason = "what it sent has another MD5 than MNIST's"
    return reason


def _continue(url: str, part: Path) -> None:
    """Download what `part` lacks. A server that does not know ranges sends the whole file again."""
    have = _size(part)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            return  # there is nothing behind what we have
        answer.raise_for_status()
        resumed = answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        with part.open("ab" if resumed else "wb") as file:
            for piece in answer.iter_content(PIECE):
                file.write(piece)


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
