"""The one-file format of Temporal Shape sets.

A set is two files:

    NAME.npy     a numpy array of records, one a clip, read through a memory map
    NAME.json    what it is made from, its class counts, a digest of each clip and the SHA-256 of all

The JSON is written last: without it there is no set.
"""

import base64
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from xdomain.core.errors import UserError
from xdomain.core.files import atomic_file, read_json, require_space, sha256, write_json
from xdomain.core.permutation import published_permutation
from xdomain.core.record import checked
from xdomain.schema.data import ClipSetInfo
from xdomain.specs.shapes import ClipSetSpec
from xdomain.studies.temporal_shape import CLASSES, FRAMES, SIDE

FORMAT = 1
CLIP_DIGEST = 8  # bytes
RECORD = np.dtype(
    [
        ("clip", "u1", (FRAMES, SIDE, SIDE)),
        ("label", "u1"),
        ("position", "<f4", (FRAMES, 2)),  # x, y in pixels; not a number where unknown
        ("digit", "<i4"),  # index among the digits that were drawn from; -1 where there is none
        ("lattice", "u1"),  # cells along a side of the background's noise; 0 where there is none
    ]
)


@dataclass(frozen=True)
class ClipSet:
    """An opened set of N clips. The arrays are views of the file and read-only."""

    records: np.ndarray  # (N,) of RECORD
    info: dict[str, Any]  # NAME.json
    path: Path  # NAME.npy

    def __len__(self) -> int:
        return len(self.records)

    @property
    def clips(self) -> np.ndarray:
        """(N, T, H, W) uint8."""
        return self.records["clip"]

    @property
    def labels(self) -> np.ndarray:
        """(N,) uint8."""
        return self.records["label"]

    @property
    def positions(self) -> np.ndarray:
        """(N, T, 2) float32, x and y in pixels."""
        return self.records["position"]


def set_paths(spec: ClipSetSpec, root: Path) -> tuple[Path, Path]:
    """Name the files (NAME.npy, NAME.json) of a set below the data root."""
    folder = root / "ts"
    return folder / f"{spec.name}.npy", folder / f"{spec.name}.json"


def write_set(npy: Path, clips: int, blocks: Iterable[np.ndarray], description: dict[str, Any]) -> dict:
    """Write `clips` records, given in blocks of any length, and then the JSON; returns its content.

    `description` says what the set is made from; it is read after the last block, which may complete it.
    Plain writes, never a writable memory map: on a full disk a map kills the process without a word.

    Raises:
        UserError: there is no room; then nothing is kept.
    """
    require_space(npy.parent, clips * RECORD.itemsize)
    layout = {"descr": np.lib.format.dtype_to_descr(RECORD), "fortran_order": False, "shape": (clips,)}
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, layout)
    digest = hashlib.sha256(header.getvalue())
    labels, clip_digests = [], []
    with atomic_file(npy) as file:
        file.write(header.getvalue())
        for block in blocks:
            data = block.view(np.uint8).data
            file.write(data)
            digest.update(data)
            labels += block["label"].tolist()
            clip_digests += [hashlib.blake2b(clip, digest_size=CLIP_DIGEST).digest() for clip in block["clip"]]
        size = file.tell()
    info = {
        "format": FORMAT,
        **description,
        "clips": clips,
        "class_counts": np.bincount(labels, minlength=len(CLASSES)).tolist(),
        "bytes": size,
        "sha256": digest.hexdigest(),
        "labels": "".join(map(str, labels)),
        "clip_digests": base64.b64encode(b"".join(clip_digests)).decode(),  # of the pixels, in order
    }
    write_json(npy.with_suffix(".json"), info)
    return info


def open_set(path: Path, verify: bool = True) -> ClipSet:
    """Open the set NAME.npy; its clips are read from the file as they are used.

    `verify` reads the file once to compare its SHA-256; without it a file cut short is still found.

    Raises:
        UserError: the set is missing, of another format, cut short or altered; names the file.
    """
    described = path.with_suffix(".json")
    if not described.exists() or not path.exists():
        absent = path if described.exists() else described
        raise UserError(
            f"There is no clip set {path} ({absent.name} is missing). "
            "Make it with: python -m xdomain generate, or import-ts (see their --help)."
        )
    again = f"Remove {path} and {described.name}, then make the set again."
    info = read_json(described)
    if not isinstance(info, dict) or info.get("format") != FORMAT:
        raise UserError(f"{described} is of another format than this version reads ({FORMAT}). {again}")
    checked(ClipSetInfo, info, str(described), again)
    size = path.stat().st_size
    if size != info["bytes"]:
        raise UserError(f"{path} has {size:,} bytes where {info['bytes']:,} were written. {again}")
    if verify and sha256(path) != info["sha256"]:
        raise UserError(f"{path} is damaged: its SHA-256 is not the one in {described.name}. {again}")
    try:
        records = np.load(path, mmap_mode="r")
    except ValueError as error:
        raise UserError(f"{path} is not a numpy file ({error}). {again}") from error
    if records.dtype != RECORD or records.shape != (info["clips"],):
        raise UserError(f"{path} holds other records than a clip set's. {again}")
    return ClipSet(records, info, path)


def split(n_clips: int, train: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split a set's clips as published: sorted indexes of `train` clips, and of the others (paper section 3.2)."""
    order = published_permutation(n_clips, seed)
    return np.sort(order[:train]), np.sort(order[train:])
