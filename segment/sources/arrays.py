"""Masks as NumPy arrays, a file for each clip.

<clip>.npy      (T, h, w) of whole numbers or bool: each value but 0 one diver
<clip>.npz      `masks` (T, K, h, w) of bool or 0 and 1: K divers at most; and, if wanted, `scores` (T, K)
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from segment.masks.instances import tight_box
from segment.sources.pictures import from_labels
from segment.sources.source import Detection, Frame
from xdomain.core.errors import UserError


class Arrays:
    """A folder of arrays."""

    form = "arrays"
    boxes_only = False

    def __init__(self, folder: Path) -> None:
        self.files: dict[str, Path] = {}
        for path in sorted(folder.iterdir()):
            if path.suffix in (".npy", ".npz"):
                if path.stem in self.files:
                    raise UserError(f"{folder} has both {self.files[path.stem].name} and {path.name}. Remove one.")
                self.files[path.stem] = path

    def clips(self) -> set[str]:
        """Name the clips that it has."""
        return set(self.files)

    def count(self, name: str) -> int:
        """Count a clip's frames."""
        return len(self._read(name)[0])

    def frames(self, name: str, numbers: list[int]) -> Iterator[Frame]:
        """Yield frames of a clip."""
        masks, scores = self._read(name)
        size = masks.shape[-2], masks.shape[-1]
        for number in numbers:
            if masks.ndim == 3:
                yield Frame(size, from_labels(np.asarray(masks[number])))
                continue
            rows = [scores[number][k] if scores is not None else 1.0 for k in range(masks.shape[1])]
            divers = zip(np.asarray(masks[number]).astype(bool), rows, strict=True)
            found = [(tight_box(mask), float(score), mask) for mask, score in divers]
            yield Frame(size, [Detection(box, score, mask) for box, score, mask in found if box])

    def _read(self, name: str) -> tuple[np.ndarray, np.ndarray | None]:
        """Read a clip's masks, (T, h, w) or (T, K, h, w), and its scores (T, K)."""
        path = self.files[name]
        try:
            content = np.load(path, mmap_mode="r", allow_pickle=False)
            if isinstance(content, np.ndarray):
                masks, scores = content, None
            else:
                with content:
                    masks, scores = content["masks"], content.get("scores")
        except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
            raise UserError(f"{path} cannot be read as arrays of masks ({error}). Write it again.") from error
        wanted = ("(T, h, w)", 3) if path.suffix == ".npy" else ("(T, K, h, w)", 4)
        if masks.ndim != wanted[1] or masks.dtype.kind not in "bui" or not masks.size:
            raise UserError(f"{path}: masks are {wanted[0]} of bool or whole numbers, not {masks.shape} {masks.dtype}.")
        if scores is not None and (scores.shape != masks.shape[:2] or not np.isfinite(scores).all()):
            raise UserError(f"{path}: scores are finite numbers of shape {masks.shape[:2]}, not {scores.shape}.")
        return masks, scores
