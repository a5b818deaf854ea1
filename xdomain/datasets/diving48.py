"""Diving48's listings and splits (V2; paper section 3.3), for any folder in the archive's layout. Light: no video here.

Diving48_V2_train.json, Diving48_V2_test.json     [{"vid_name", "label", "start_frame", "end_frame"}, ...]
Diving48_vocab.json                               48 × [takeoff, somersault, twist, position]
leave-out.txt                                     ids that `python -m xdomain index` found unusable, one a line
splits/<kind>-val<N>-seed<S>.json                 written by `write_split`
"""

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xdomain.errors import UserError
from xdomain.files import read_json, write_json

PARTS = ("train", "test")
SPLIT_KINDS = ("random", "source-video")
LONGEST_NAME = 200  # bytes; room for endings within the 255 of a file system
MOST_FRAMES = 1_000_000  # of one video: nine hours at 30 a second
KEYS = ("vid_name", "label", "start_frame", "end_frame")


@dataclass(frozen=True)
class Clip:
    """One entry of a listing: frames `start_frame` up to, not including, `end_frame` of `rgb/<name>.mp4`.

    The archive's videos are trimmed to their dive already: there `end_frame` is the number of frames.
    """

    name: str  # vid_name
    label: int
    start_frame: int
    end_frame: int

    @property
    def video(self) -> str:
        """The source video that the clip was cut from: its name before the last underscore."""
        return self.name.rpartition("_")[0] or self.name


def listing_path(root: Path, part: str) -> Path:
    """The JSON of `part` (train or test) in the dataset's folder `root`."""
    return root / f"Diving48_V2_{part}.json"


def leave_out_path(root: Path) -> Path:
    """The ids to leave out, one a line."""
    return root / "leave-out.txt"


def _read(path: Path) -> Any:
    if not path.is_file():
        raise UserError(f"{path} is missing. Fetch the data set, or name the folder that has it with XDOMAIN_DATA.")
    try:
        return read_json(path)
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not a text file. Put the archive's own file there.") from error


def read_vocabulary(root: Path) -> list[list[str]]:
    """The classes in label order, each [takeoff, somersault, twist, position].

    Raises:
        UserError: the file is missing or is no such list.
    """
    path = root / "Diving48_vocab.json"
    classes = _read(path)
    four_words = isinstance(classes, list) and all(
        isinstance(words, list) and len(words) == 4 and all(isinstance(word, str) for word in words)
        for words in classes
    )
    if not four_words or not classes:
        raise UserError(
            f"{path} is not a list of classes with four words each (takeoff, somersault, twist, position). "
            "Put the archive's own file there."
        )
    return classes


def read_listing(root: Path, part: str, everything: bool = False) -> list[Clip]:
    """The clips of `part` (train or test) in the listing's order.

    Clips named in `leave-out.txt` are left out, unless `everything` is wanted.

    Raises:
        UserError: the listing is missing, not JSON or wrong; names the file and the entry.
    """
    path = listing_path(root, part)
    entries, classes = _read(path), len(read_vocabulary(root))
    if not isinstance(entries, list) or not entries:
        raise UserError(f"{path} is not a list of clips. Put the archive's own file there.")
    clips = [_checked(path, number, entry, classes) for number, entry in enumerate(entries)]
    name, times = Counter(clip.name for clip in clips).most_common(1)[0]
    if times > 1:
        raise UserError(f"{path} lists {name} {times} times. Remove all entries of it but one.")
    left_out = set() if everything else _left_out(root)
    return [clip for clip in clips if clip.name not in left_out]


def _checked(path: Path, number: int, entry: Any, classes: int) -> Clip:
    """The entry as a Clip, or a UserError that says what is wrong with it."""
    if not isinstance(entry, dict) or not set(KEYS) <= set(entry):
        raise UserError(f"{path}: entry {number} is not an object with {', '.join(KEYS)}. Mend or remove it.")
    name, label, start, end = (entry[key] for key in KEYS)
    wrong = ""
    if not is_file_name(name):
        wrong = "its vid_name cannot be a file's name"  # nor may it lead out of the folder
    elif type(label) is not int or not 0 <= label < classes:
        wrong = f"its label is not a whole number from 0 to {classes - 1} (the classes of Diving48_vocab.json)"
    elif type(start) is not int or type(end) is not int or not 0 <= start < end <= MOST_FRAMES:
        wrong = f"its start_frame and end_frame are not whole numbers with 0 ≤ start_frame < end_frame ≤ {MOST_FRAMES}"
    if wrong:
        raise UserError(f"{path}: entry {number} ({entry}): {wrong}. Mend or remove it.")
    return Clip(name, label, start, end)


def is_file_name(name: Any) -> bool:
    """Whether a clip may be called so: its files lie in a folder of ours, and people read its name in a terminal."""
    if not isinstance(name, str) or not name or name.startswith("."):
        return False
    return name.isprintable() and not set(name) & set("/\\") and len(name.encode()) <= LONGEST_NAME


def _left_out(root: Path) -> set[str]:
    path = leave_out_path(root)
    return set(path.read_text().splitlines()) if path.exists() else set()


def split_clips(clips: list[Clip], kind: str, val_clips: int, seed: int) -> tuple[list[str], list[str]]:
    """Part the clips of the training listing: names of training and of validation clips, both in listing order.

    `random` holds out exactly `val_clips` (the paper's split is random, but of unpublished membership).
    `source-video` keeps all clips of one source video on one side: in a random order it takes every video that still
    fits into `val_clips`, and then any that brings the number held out nearer to it.

    The order is that of SHA-256 digests, the same with any version of any library.

    Raises:
        UserError: a side would be empty.
    """

    def digest(name: str) -> bytes:
        return hashlib.sha256(f"{seed}:{name}".encode()).digest()

    held_out: set[str] = set()
    if kind == "random":
        held_out.update(sorted((clip.name for clip in clips), key=digest)[len(clips) - val_clips :])
    elif kind == "source-video":
        videos: dict[str, list[str]] = {}
        for clip in clips:
            videos.setdefault(clip.video, []).append(clip.name)
        for may_exceed in (False, True):
            for video in sorted(videos, key=digest):
                after = len(held_out) + len(videos[video])
                nearer = abs(after - val_clips) < abs(len(held_out) - val_clips)
                if nearer and (may_exceed or after <= val_clips):
                    held_out.update(videos.pop(video))
    else:
        raise UserError(f"There is no split {kind}: take {' or '.join(SPLIT_KINDS)}.")
    if not 0 < val_clips < len(clips) or not 0 < len(held_out) < len(clips):
        raise UserError(
            f"{val_clips} of {len(clips)} clips cannot be held out with a {kind} split: training or validation "
            "would have no clip. Choose another number of validation clips."
        )
    train = [clip.name for clip in clips if clip.name not in held_out]
    return train, [clip.name for clip in clips if clip.name in held_out]


def split_path(root: Path, kind: str, val_clips: int, seed: int) -> Path:
    """Where a split of the dataset in `root` is kept."""
    return root / "splits" / f"{kind}-val{val_clips}-seed{seed}.json"


def write_split(root: Path, kind: str, val_clips: int, seed: int) -> Path:
    """Write the split of the training listing, unless the same one is there already; returns its file.

    Raises:
        UserError: the file there parts other clips (the listing or leave-out.txt changed since).
    """
    train, val = split_clips(read_listing(root, "train"), kind, val_clips, seed)
    counts = {"train": len(train), "val": len(val)}
    split = {"kind": kind, "val_clips": val_clips, "seed": seed, "clips": counts, "train": train, "val": val}
    path = split_path(root, kind, val_clips, seed)
    if not path.exists():
        write_json(path, split)
    if read_json(path) != split:
        raise UserError(
            f"{path} parts other clips than the listing has now, without those of leave-out.txt. "
            "If that was meant to change, remove the file, then give the command again."
        )
    return path


def read_split(root: Path, kind: str, val_clips: int, seed: int) -> tuple[list[str], list[str]]:
    """Names of the training and the validation clips, read from the split's file after checking it.

    Raises:
        UserError: as `write_split`.
    """
    split = read_json(write_split(root, kind, val_clips, seed))
    return split["train"], split["val"]
