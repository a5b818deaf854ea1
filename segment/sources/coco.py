"""Masks or boxes as COCO's JSON: images, categories, and annotations with run lengths or with boxes alone.

An image's `file_name` is <clip>/<number>.jpg or <clip>_<number>.jpg. Detectors write their results without images; put
them under `annotations` of a file that has these. Every frame is listed, also one without an annotation.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from segment.masks import rle
from segment.masks.instances import tight_box
from segment.sources.source import Detection, Frame, Size, frame_number, in_order
from xdomain.core.errors import UserError
from xdomain.core.files import CORRECT, parse_json, read_bytes

LARGEST = 8 << 30  # bytes of a file
PEOPLE = ("diver", "person")  # the categories that are taken, if none is named


class Coco:
    """One JSON file."""

    form = "COCO"

    def __init__(self, path: Path, category: str = "") -> None:
        self.path = path
        content = parse_json(read_bytes(path, LARGEST), str(path), CORRECT)
        if not isinstance(content, dict) or not all(
            isinstance(content.get(k), list) for k in ("images", "annotations")
        ):
            raise UserError(
                f"{path} is no table with the lists images and annotations. Put a detector's results under "
                "annotations of a file that lists the images."
            )
        self.sizes: dict[Any, Size] = {}
        self.images: dict[str, list[Any]] = {}  # clip -> ids of its frames, in order
        self.annotations: dict[Any, list[dict[str, Any]]] = {}
        try:
            self._take_images(content["images"])
            self._take_annotations(content["annotations"], self._wanted(content.get("categories", []), category))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UserError(f"{path} is not in COCO's format ({type(error).__name__}: {error}).") from error
        taken = [annotation for annotations in self.annotations.values() for annotation in annotations]
        masked = sum(bool(annotation.get("segmentation")) for annotation in taken)
        if 0 < masked < len(taken):
            raise UserError(
                f"{path} has a segmentation for {masked} of {len(taken)} annotations. Give all of them one."
            )
        self.boxes_only = bool(taken) and not masked

    def clips(self) -> set[str]:
        """Name the clips that it has."""
        return set(self.images)

    def count(self, name: str) -> int:
        """Count a clip's frames."""
        return len(self.images[name])

    def frames(self, name: str, numbers: list[int]) -> Iterator[Frame]:
        """Yield frames of a clip."""
        for number in numbers:
            image = self.images[name][number]
            size = self.sizes[image]
            try:
                found = [_detection(annotation, size) for annotation in self.annotations.get(image, [])]
            except (UserError, KeyError, TypeError, ValueError, AttributeError) as error:
                raise UserError(f"{self.path}, clip {name}, frame {number}: {error}") from error
            yield Frame(size, [detection for detection in found if detection])

    def _wanted(self, categories: list[dict[str, Any]], name: str) -> set[Any] | None:
        """Return the ids of the categories to take; None for all of a file without categories."""
        names = {category["id"]: category["name"] for category in categories}
        if not names and not name:
            return None
        chosen = (name,) if name else PEOPLE
        wanted = {key for key, known in names.items() if known in chosen}
        if not wanted:
            raise UserError(
                f"{self.path} has no category {' or '.join(chosen)}. Name one of its own with --category: "
                f"{', '.join(map(str, names.values())) or 'it has none'}."
            )
        return wanted

    def _take_images(self, images: list[dict[str, Any]]) -> None:
        numbers: dict[str, dict[int, Any]] = {}
        listed: dict[str, list[int]] = {}
        for image in images:
            path = PurePosixPath(image["file_name"])
            clip = path.parent.name or path.stem.rpartition("_")[0]
            listed.setdefault(clip, []).append(frame_number(path))
            numbers.setdefault(clip, {})[frame_number(path)] = image["id"]
            if image["id"] in self.sizes:
                raise UserError(f"{self.path} has two images of the id {image['id']}.")
            self.sizes[image["id"]] = int(image["height"]), int(image["width"])
        for clip, ids in numbers.items():
            in_order(listed[clip], f"{self.path}, clip {clip}")
            self.images[clip] = [ids[number] for number in sorted(ids)]

    def _take_annotations(self, annotations: list[dict[str, Any]], wanted: set[Any] | None) -> None:
        for annotation in annotations:
            if annotation["image_id"] not in self.sizes:
                raise UserError(f"{self.path} has an annotation of image {annotation['image_id']}, which it lacks.")
            if wanted is None or annotation["category_id"] in wanted:
                self.annotations.setdefault(annotation["image_id"], []).append(annotation)


def _detection(annotation: dict[str, Any], size: Size) -> Detection | None:
    """Make a detection of an annotation; None of an empty mask."""
    score = float(annotation.get("score", 1))
    if not np.isfinite(score):
        raise ValueError(f"the score {score} is no finite number")
    if not annotation.get("segmentation"):
        x, y, width, height = (float(value) for value in annotation["bbox"])
        return Detection((x, y, x + width, y + height), score)
    mask = _mask(annotation["segmentation"], size)
    box = tight_box(mask)
    return Detection(box, score, mask) if box else None


def _mask(segmentation: Any, size: Size) -> np.ndarray:
    """Decode run lengths, compressed or as numbers, to (h, w) bool."""
    if not isinstance(segmentation, dict):
        raise UserError("its segmentation is a polygon: give run lengths (pycocotools' annToRLE makes them).")
    if tuple(segmentation["size"]) != size:
        raise UserError(f"its segmentation is of {segmentation['size']} pixels and its image of {list(size)}.")
    counts = segmentation["counts"]
    if isinstance(counts, str):
        return rle.decode(counts, size)
    lengths = np.array(counts, dtype=np.int64)
    if lengths.sum() != size[0] * size[1] or lengths.min() < 0:
        raise UserError(f"its run lengths do not fill {size[0]}×{size[1]} pixels.")
    return np.repeat(np.arange(len(lengths)) % 2 == 1, lengths).reshape(size, order="F")
