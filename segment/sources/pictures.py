"""Masks as pictures: <clip>/<number>.png, each value or colour but 0 or black one diver."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from segment.masks.instances import tight_box
from segment.sources.source import Detection, Frame, frame_number, in_order
from xdomain.core.errors import UserError

MOST = 50  # divers in a picture; blended edges come as hundreds
VALUES = ("1", "L", "P", "I;16", "I")  # Pillow's modes of one value a pixel; a palette's index is the value


class Pictures:
    """A folder of a folder for each clip. They have no confidence: all of them count."""

    form = "pictures"
    boxes_only = False

    def __init__(self, folder: Path) -> None:
        self.files: dict[str, list[Path]] = {}
        for clip in sorted(path for path in folder.iterdir() if path.is_dir()):
            if files := [path for path in clip.iterdir() if path.suffix.lower() == ".png"]:
                in_order([frame_number(path) for path in files], str(clip))
                self.files[clip.name] = sorted(files, key=frame_number)

    def clips(self) -> set[str]:
        """Name the clips that it has."""
        return set(self.files)

    def count(self, name: str) -> int:
        """Count a clip's pictures."""
        return len(self.files[name])

    def frames(self, name: str, numbers: list[int]) -> Iterator[Frame]:
        """Yield frames of a clip."""
        for number in numbers:
            labels = read_labels(self.files[name][number])
            yield Frame((labels.shape[0], labels.shape[1]), from_labels(labels))


def read_labels(path: Path) -> np.ndarray:
    """Read a picture as (h, w) int64: its values, or its colours as numbers; 0 for none and for black.

    Raises:
        UserError: it cannot be read, or has more colours than there are divers.
    """
    try:
        with Image.open(path) as picture:
            mode = picture.mode
            if mode not in (*VALUES, "RGB", "RGBA"):
                raise UserError(f"{path} is a picture of mode {mode}: give values (8 or 16 bits), or colours (RGB).")
            pixels = np.asarray(picture if mode in VALUES else picture.convert("RGB")).astype(np.int64)
    except (OSError, ValueError, SyntaxError) as error:  # what Pillow raises for truncated and foreign files
        raise UserError(f"{path} cannot be read as a picture ({error}). Write it again.") from error
    labels = pixels if mode in VALUES else pixels @ np.array([1 << 16, 1 << 8, 1])
    if (values := len(np.unique(labels))) > MOST + 1:
        raise UserError(
            f"{path} has {values} values or colours, and each but 0 or black is one diver. Save the masks without "
            "smooth edges: no resizing but by the nearest pixel, and no photograph."
        )
    return labels


def from_labels(labels: np.ndarray) -> list[Detection]:
    """List the divers of (h, w) values, a detection for each value but 0."""
    divers = []
    for value in np.unique(labels[labels != 0]):
        mask = labels == value
        box = tight_box(mask)
        assert box is not None, "the value occurs"
        divers.append(Detection(box, mask=mask))
    return divers
