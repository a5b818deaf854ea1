"""Listings: Diving48's (V2; paper section 3.3), or those that dataset.toml describes. Light: no video here.

Diving48_V2_train.json, Diving48_V2_test.json     [{"vid_name", "label", "start_frame", "end_frame"}, ...]
Diving48_vocab.json                               48 × [takeoff, somersault, twist, position]
leave-out.txt                                     ids that `python -m xdomain index` found unusable; # begins a remark
"""

from collections import Counter
from pathlib import Path
from typing import Any

from xdomain.core.errors import UserError
from xdomain.core.files import CORRECT, read_json
from xdomain.core.names import did_you_mean
from xdomain.datasets.layouts.clip import MOST_FRAMES, UNKNOWN, Clip, is_file_name
from xdomain.datasets.layouts.description import read_description
from xdomain.datasets.layouts.listing import class_names as described_names
from xdomain.datasets.layouts.listing import clips_of, require_files

FRAMES_LACKING = 5  # that a video may end before its listed end, unless `index` was told otherwise
KEYS = ("vid_name", "label", "start_frame", "end_frame")


def listing_path(root: Path, part: str) -> Path:
    """Name what lists the clips of `part` (train or test) of the dataset in `root`."""
    described = read_description(root)
    return described.listing(part) if described else root / f"Diving48_V2_{part}.json"


def video_folder(root: Path) -> Path:
    """Name the folder with the videos of the dataset in `root`."""
    described = read_description(root)
    return described.videos if described else root / "rgb"


def is_described(root: Path) -> bool:
    """Tell whether dataset.toml describes the dataset in `root`, which is in Diving48's layout otherwise."""
    return read_description(root) is not None


def class_names(root: Path) -> list[str]:
    """List what the classes of the dataset in `root` are called, in label order.

    Raises:
        UserError: the file that says it is missing or wrong.
    """
    described = read_description(root)
    return described_names(described) if described else [" ".join(words) for words in read_vocabulary(root)]


def leave_out_path(root: Path) -> Path:
    """Name the file with the ids to leave out, one a line."""
    return root / "leave-out.txt"


def frames_lacking(root: Path) -> int:
    """Tell how many of its listed frames a video of the dataset in `root` may lack: what `index` was last told."""
    index = root / "index.json"
    return read_json(index).get("frames_lacking", FRAMES_LACKING) if index.exists() else FRAMES_LACKING


def require_listing(root: Path, part: str) -> None:
    """Refuse a dataset in `root` whose listing of `part` is not there; what is in it shows where it is read.

    Raises:
        UserError: says what to do.
    """
    _require_file(listing_path(root, part))


def _require_file(path: Path) -> None:
    if not path.is_file():
        root = path.parent
        others = [] if root.is_dir() else [there.name for there in root.parent.glob("*/") if any(there.glob(path.name))]
        raise UserError(
            f"{path} is missing. Fetch the data set, draw a small one (python -m xdomain mini-diving), or name the "
            f"folder that has it with XDOMAIN_DATA.{did_you_mean(root.name, others)}"
        )


def _read(path: Path) -> Any:
    _require_file(path)
    return read_json(path, then=CORRECT)


def read_vocabulary(root: Path) -> list[list[str]]:
    """Read the classes in label order, each [takeoff, somersault, twist, position].

    Raises:
        UserError: the file is missing or is no such list.
    """
    path = root / "Diving48_vocab.json"
    classes = _read(path)
    four_words = isinstance(classes, list) and all(
        isinstance(words, list) and len(words) == 4 and all(isinstance(w, str) and w.isprintable() for w in words)
        for words in classes
    )
    if not four_words or not classes:
        raise UserError(
            f"{path} is not a list of classes with four words each (takeoff, somersault, twist, position). "
            "Put the archive's own file there."
        )
    return classes


def read_listing(root: Path, part: str, everything: bool = False) -> list[Clip]:
    """Read the clips of `part` (train or test) in the listing's order.

    Clips named in `leave-out.txt` are left out, unless `everything` is wanted.

    Raises:
        UserError: the listing is missing, not JSON or wrong, or an id to leave out is in none; names file and entry.
    """
    described = read_description(root)
    clips = clips_of(described, part, root) if described else _archive_clips(root, part)
    left_out = set() if everything else left_out_of(root)
    if unknown := left_out - {clip.name for clip in clips}:
        _require_listed(root, unknown, {"train": "test", "test": "train"}[part])
    chosen = [clip for clip in clips if clip.name not in left_out]
    if not everything and (uncounted := [clip for clip in chosen if clip.end_frame == UNKNOWN]):
        raise UserError(
            f"{listing_path(root, part)} does not say how many frames {uncounted[0].name} has. "
            f"Count them once: python -m xdomain index {root.name}"
        )
    return chosen


def _archive_clips(root: Path, part: str) -> list[Clip]:
    """Read a listing of Diving48's."""
    path = listing_path(root, part)
    entries, classes = _read(path), len(read_vocabulary(root))
    if not isinstance(entries, list) or not entries:
        raise UserError(f"{path} is not a list of clips. Put the archive's own file there.")
    clips = [_checked(path, number, entry, classes) for number, entry in enumerate(entries)]
    name, times = Counter(clip.name for clip in clips).most_common(1)[0]
    if times > 1:
        raise UserError(f"{path} lists {name} {times} times. Remove all entries of it but one.")
    return clips


def require_videos(root: Path) -> None:
    """Refuse a dataset that dataset.toml describes where one of its videos is missing.

    Raises:
        UserError: names the first that is, or what is wrong with the listings.
    """
    if described := read_description(root):
        for part in ("train", "test"):
            require_files(described, read_listing(root, part))


def source_videos(root: Path, part: str, names: list[str]) -> list[str]:
    """Tell the source video of each clip of a part.

    Raises:
        UserError: the listing is missing or wrong, or has not all of these clips.
    """
    if not is_described(root):
        return [Clip(name, 0, 0, 1).video for name in names]
    videos = {clip.name: clip.video for clip in read_listing(root, part, everything=True)}
    if absent := [name for name in names if name not in videos]:
        raise UserError(f"{listing_path(root, part)} does not have {absent[0]} any more, whose source video it tells.")
    return [videos[name] for name in names]


def shared_videos(clips: list[Clip], others: list[Clip]) -> list[str]:
    """List the clips whose source video `others` has clips of, too: a model may know them by more than their class."""
    videos = {clip.video for clip in others}
    return [clip.name for clip in clips if clip.video in videos]


def _checked(path: Path, number: int, entry: Any, classes: int) -> Clip:
    """Make the entry a Clip, or raise a UserError that says what is wrong with it."""
    if not isinstance(entry, dict) or not set(KEYS) <= set(entry):
        raise UserError(f"{path}: entry {number} is not an object with {', '.join(KEYS)}. Fix or remove it.")
    name, label, start, end = (entry[key] for key in KEYS)
    wrong = ""
    if not is_file_name(name):
        wrong = "its vid_name cannot be a file's name"  # nor may it lead out of the folder
    elif type(label) is not int or not 0 <= label < classes:
        wrong = f"its label is not a whole number from 0 to {classes - 1} (the classes of Diving48_vocab.json)"
    elif type(start) is not int or type(end) is not int or not 0 <= start < end <= MOST_FRAMES:
        wrong = f"its start_frame and end_frame are not whole numbers with 0 ≤ start_frame < end_frame ≤ {MOST_FRAMES}"
    if wrong:
        raise UserError(f"{path}: entry {number} ({entry}): {wrong}. Fix or remove it.")
    return Clip(name, label, start, end)


def left_out_of(root: Path) -> set[str]:
    """Read the ids of leave-out.txt; what follows a # is a remark.

    Raises:
        UserError: the file is no text.
    """
    path = leave_out_path(root)
    if not path.exists():
        return set()
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text. Save it as that, one id a line.") from error
    return {name for line in lines if (name := line.partition("#")[0].strip())}


def _require_listed(root: Path, names: set[str], part: str) -> None:
    """Refuse ids to leave out that are in neither listing: a misspelt one would leave nothing out, unsaid."""
    listing = listing_path(root, part)
    listed = {clip.name for clip in read_listing(root, part, everything=True)} if listing.exists() else set()
    if unknown := sorted(names - listed):
        raise UserError(
            f"{leave_out_path(root)} names {len(unknown)} clips that no listing has, {unknown[0]} for one. "
            "Correct or remove those lines."
        )
