"""The clips of a `ClipCacheSpec`: those of its cache, and those that are decoded as they are needed."""

from pathlib import Path
from typing import Any, Protocol

import numpy as np

from xdomain.core.errors import UserError
from xdomain.core.roots import data_root
from xdomain.datasets.clip_cache.identity import COMPARED, listing_sha256, open_current, streamed_sha256
from xdomain.datasets.diving48.listing import class_names, frames_lacking, read_listing, source_videos, video_folder
from xdomain.specs.videos import ClipCacheSpec


class Clips(Protocol):
    """N clips with their names and labels."""

    names: list[str]
    labels: np.ndarray  # (N,)
    made_from: dict[str, Any]  # sha256 of what they are, and of the listing and the masks behind them
    info: dict[str, Any]  # a cache's description; empty where clips are decoded as they are needed
    classes: int
    is_decoded_here: bool

    def __getitem__(self, number: int) -> np.ndarray:
        """Read one clip, (T, H, W, 3) uint8."""

    def source_videos(self, names: list[str]) -> list[str]:
        """Tell which source video each of these clips was cut from."""


class CachedClips:
    """Clips of a cache, read through its memory map."""

    is_decoded_here = False

    def __init__(self, spec: ClipCacheSpec, root: Path) -> None:
        self._spec = spec
        self._cache, self.made_from = open_current(spec, root)
        self.names, self.labels, self.info = self._cache.names, self._cache.labels, self._cache.info
        self.classes = len(class_names(root / spec.dataset))

    def __getitem__(self, number: int) -> np.ndarray:
        """Read one clip, (T, H, W, 3) uint8."""
        return self._cache[number]

    def source_videos(self, names: list[str]) -> list[str]:
        """Tell which source video each of these clips was cut from."""
        return _source_videos(self._spec, names)


class StreamedClips:
    """The unmodified clips of a listing, decoded anew each time: no disk for a cache, many cores instead."""

    is_decoded_here = True
    info: dict[str, Any] = {}  # noqa: RUF012  (a cache's description; nothing was made here)

    def __init__(self, spec: ClipCacheSpec, root: Path) -> None:
        self._spec, self._root = spec, root / spec.dataset
        self._listing, self._allowed = read_listing(self._root, spec.part), frames_lacking(self._root)
        self._videos = video_folder(self._root)
        self.names = [clip.name for clip in self._listing]
        self.labels = np.array([clip.label for clip in self._listing])
        self.classes = len(class_names(self._root))
        self.made_from = {
            "sha256": streamed_sha256(self._listing, self._root),
            "listing_sha256": listing_sha256(self._listing),
            "listing": COMPARED,
        }

    def __getitem__(self, number: int) -> np.ndarray:
        """Read one clip, (T, H, W, 3) uint8."""
        from xdomain.datasets.diving48.video import BadVideo, read_clip  # a decoder, which clips of a cache do without

        clip, side = self._listing[number], self._spec.side
        try:
            return read_clip(clip.path(self._videos), clip, self._spec.frames, (side, side), self._allowed)
        except BadVideo as error:
            raise UserError(
                f"{error} Repair or fetch the file, or run: python -m xdomain index {self._spec.dataset}, which finds "
                "every such video and leaves it out."
            ) from error

    def source_videos(self, names: list[str]) -> list[str]:
        """Tell which source video each of these clips was cut from."""
        return _source_videos(self._spec, names)


def _source_videos(spec: ClipCacheSpec, names: list[str]) -> list[str]:
    return source_videos(data_root() / spec.dataset, "train" if spec.part == "train" else "test", names)
