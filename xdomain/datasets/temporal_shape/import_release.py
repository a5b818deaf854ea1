"""Import the released Temporal Shape data (doi:10.7910/DVN/EDVAIY) into the one-file format.

A released domain is a folder of labels.csv (column `class`, one row a clip) and frames {20·clip + frame}.jpg.
"""

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tqdm import tqdm

from xdomain.core.errors import UserError
from xdomain.datasets.temporal_shape.clipset import RECORD, write_set
from xdomain.datasets.temporal_shape.leakage import announce
from xdomain.studies.temporal_shape import CLASSES, FRAMES, SIDE

BLOCK = 250  # clips in memory at a time


def import_ts(folder: Path, root: Path, name: str) -> Path:
    """Write `folder` as the set `name` below the data root; returns NAME.npy.

    Positions are not a number and digits -1, since the release does not say them.

    Raises:
        UserError: there is such a set already, or a label or a frame is missing or wrong; names the file.
    """
    npy = root / "ts" / f"{name}.npy"
    described = npy.with_suffix(".json")
    if described.exists():
        raise UserError(f"{npy} is there already. Give another --name, or remove it and {described.name}.")
    labels = read_labels(folder / "labels.csv")
    beyond = folder / f"{FRAMES * len(labels)}.jpg"
    if beyond.exists():
        raise UserError(f"{beyond} is beyond the {len(labels)} clips of labels.csv. Copy {folder} again.")
    description: dict[str, Any] = {"imported": {"folder": folder.resolve().name}}
    info = write_set(npy, len(labels), _blocks(folder, labels, description), description)
    announce(npy, info)
    return npy


def read_labels(path: Path) -> list[int]:
    """Read the column `class` of labels.csv, one label a clip.

    Raises:
        UserError: no such file, column or row, or a label that is no class.
    """
    if not path.is_file():
        raise UserError(f"There is no {path}. Name the folder of one domain, with labels.csv and its frames.")
    labels = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            if "class" not in (rows.fieldnames or []):
                raise UserError(f"{path} has no column 'class'. Name the folder of one released domain.")
            for row in rows:
                text = row["class"]
                if text not in map(str, range(len(CLASSES))):
                    raise UserError(f"{path}, line {rows.line_num}: {text!r} is no class from 0 to 4.")
                labels.append(int(text))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} cannot be read as CSV ({error}). Copy it again.") from error
    if not labels:
        raise UserError(f"{path} has no rows. Copy it again.")
    return labels


def read_frame(path: Path) -> np.ndarray:
    """Read one frame, (64, 64) uint8, grey.

    Raises:
        UserError: missing, unreadable or of another size.
    """
    try:
        with Image.open(path) as image:
            if image.size != (SIDE, SIDE):
                width, height = image.size
                raise UserError(f"{path} is {width}×{height} pixels and should be {SIDE}×{SIDE}.")
            return np.asarray(image.convert("L"))
    except FileNotFoundError as error:
        raise UserError(f"There is no {path}, but labels.csv has its clip. Copy it again.") from error
    except OSError as error:
        raise UserError(f"{path} is not a complete picture ({error}). Copy it again.") from error


def _blocks(folder: Path, labels: list[int], description: dict[str, Any]) -> Iterator[np.ndarray]:
    """Yield the records, block after block; at the end the hash of what was read goes into `description`."""
    digest = hashlib.sha256((folder / "labels.csv").read_bytes())
    with tqdm(total=len(labels), desc=folder.name, unit="clip", disable=None) as bar:
        for first in range(0, len(labels), BLOCK):
            records = np.zeros(min(BLOCK, len(labels) - first), dtype=RECORD)
            records["label"] = labels[first : first + BLOCK]
            records["position"] = np.nan
            records["digit"] = -1
            for clip, record in enumerate(records, start=first):
                for frame in range(FRAMES):
                    path = folder / f"{FRAMES * clip + frame}.jpg"
                    record["clip"][frame] = read_frame(path)
                    digest.update(path.read_bytes())
                bar.update()
            yield records
    description["imported"]["sha256"] = digest.hexdigest()
