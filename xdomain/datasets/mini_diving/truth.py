"""The instance masks of every drawn video, in one zip for every few videos, below `truth/`.

A video's masks are one palette PNG, the frames below each other (N·H, W), so that any viewer shows them:
0 background, 1 the first diver, 2 the second.
"""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from xdomain.core.errors import UserError
from xdomain.core.files import atomic_file, read_json, sha256, write_json

COLOURS = ((0, 0, 0), (255, 80, 60), (60, 160, 255))  # background and divers, in pictures for people
INDEX = "truth/index.json"


def encode_masks(masks: np.ndarray) -> bytes:
    """Encode a video's masks (N, H, W) uint8 as one PNG."""
    image = Image.fromarray(masks.reshape(-1, masks.shape[2]), "P")
    image.putpalette([value for colour in COLOURS for value in colour])
    data = io.BytesIO()
    image.save(data, "PNG", compress_level=1)
    return data.getvalue()


def write_shard(path: Path, masks: dict[str, bytes]) -> None:
    """Write the encoded masks of some videos; the same masks give the same bytes."""
    with atomic_file(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, data in masks.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.png"), data)


def write_index(root: Path, height: int, shards: dict[str, list[str]]) -> None:
    """Write which videos' masks are in which shard: file name -> video names. `height` is a frame's."""
    write_json(root / INDEX, {"height": height, "shards": shards})


def read_instances(dataset_root: Path, vid_name: str) -> np.ndarray:
    """Read the masks of one drawn video: (N, H, W) uint8, 0 background, 1 and 2 divers.

    A diver's pixels are those that it covers for at least half of the exposure, above the water and not behind
    its splash. N, H and W are those of the decoded video.

    Raises:
        UserError: the data set has no such masks, or they are damaged.
    """
    index, info = _index(dataset_root)
    shard = next((name for name, videos in info["shards"].items() if vid_name in videos), None)
    if shard is None:
        raise UserError(f"{index} does not list the video {vid_name}. Check the name against the listing.")
    path = index.with_name(shard)
    try:
        with zipfile.ZipFile(path) as archive:
            stacked = np.asarray(Image.open(io.BytesIO(archive.read(f"{vid_name}.png"))))
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise UserError(
            f"{path} is damaged or missing ({error}). Remove the folder {dataset_root} and generate it again."
        ) from error
    return stacked.reshape(-1, info["height"], stacked.shape[1])


def instances_sha256(dataset_root: Path) -> str:
    """Hash the instance masks of all drawn videos, as they are on the disk.

    Raises:
        UserError: the data set has no such masks.
    """
    index, info = _index(dataset_root)
    files = [index, *(index.with_name(shard) for shard in info["shards"])]
    digests = [sha256(file) if file.exists() else None for file in files]
    return hashlib.sha256(json.dumps(digests).encode()).hexdigest()


def _index(dataset_root: Path) -> tuple[Path, dict[str, Any]]:
    """Name the index of the instance masks, and read what it says."""
    index = dataset_root / INDEX
    if not index.exists():
        raise UserError(
            f"{dataset_root} has no instance masks ({INDEX} is missing): only data sets of `python -m xdomain "
            "mini-diving` have them. For other videos find the divers with `python -m segment`."
        )
    return index, read_json(index)
