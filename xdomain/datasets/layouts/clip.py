"""One clip of a listing, whatever the layout."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

PARTS = ("train", "test")
LONGEST_NAME = 200  # bytes; room for endings within the 255 of a file system
MOST_FRAMES = 1_000_000  # of one video: nine hours at 30 a second
UNKNOWN = 0  # the end of a clip that is its video's, before `python -m xdomain index` has counted the frames


@dataclass(frozen=True)
class Clip:
    """One entry of a listing: frames `start_frame` up to, not including, `end_frame` of its video.

    Diving48's videos are trimmed to their dive already: there `end_frame` is the number of frames.
    """

    name: str  # Diving48's vid_name
    label: int
    start_frame: int
    end_frame: int
    file: str = ""  # below the folder of the videos; empty: <name>.mp4
    group: str = ""  # the source video; empty: the name's rule
    has_frames: bool = True  # whether the listing says where it starts and ends

    @property
    def video(self) -> str:
        """The source video that the clip was cut from: its group, or its name before the last underscore."""
        return self.group or self.name.rpartition("_")[0] or self.name

    @property
    def is_all_of_its_video(self) -> bool:
        """Whether the listing gives no frames."""
        return not self.has_frames

    def path(self, videos: Path) -> Path:
        """Name the clip's file in the folder of the videos."""
        return videos / (self.file or f"{self.name}.mp4")

    @property
    def content(self) -> list[Any]:
        """What decides the clip's pixels and label."""
        return [self.name, self.label, self.start_frame, self.end_frame, *([self.file] if self.file else [])]


def is_file_name(name: Any) -> bool:
    """Tell whether a clip may be called so: its files lie in a folder of ours, and people read it in a terminal."""
    if not isinstance(name, str) or not name or name.startswith("."):
        return False
    return name.isprintable() and not set(name) & set("/\\") and len(name.encode()) <= LONGEST_NAME
