"""The clips of a described data set, each checked; `xdomain/datasets/diving48/listing.py` reads any layout with it."""

import re
from collections import Counter
from pathlib import Path, PurePosixPath

from xdomain.core.errors import UserError
from xdomain.core.files import read_json
from xdomain.core.names import one_line
from xdomain.datasets.layouts.clip import MOST_FRAMES, PARTS, UNKNOWN, Clip, is_file_name
from xdomain.datasets.layouts.description import Description
from xdomain.datasets.layouts.entries import Entry, class_lines, entries


def class_names(described: Description) -> list[str]:
    """List the classes' names in label order; `class 0` and so on where no file names them.

    Raises:
        UserError: a listing or the file with the names is missing or wrong.
    """
    return class_lines(described) or [f"class {label}" for label in range(_most(described) + 1)]


def _most(described: Description) -> int:
    return max(_label(entry, None) for entry in entries(described, "train", []))


def clips_of(described: Description, part: str, root: Path) -> list[Clip]:
    """List the clips of a part in the listing's order; where neither listed nor counted, their end is UNKNOWN.

    Raises:
        UserError: a file is missing, a line is wrong, two clips have one name, the source video of a clip cannot be
            told, or the test clips have a class that no training clip has; names file and line.
    """
    names = class_lines(described)
    found = {each: entries(described, each, names) for each in PARTS}
    classes = len(names) or None
    labels = {each: [_label(entry, classes) for entry in found[each]] for each in PARTS}
    for entry, label in zip(found["test"], labels["test"], strict=True):
        if label not in labels["train"]:
            called = f" ({one_line(names[label])})" if names else ""
            raise UserError(
                f"{entry.where}: its class {label}{called} has no training clip in {described.listing('train')}. "
                "No model can learn it: leave its clips out of the test listing."
            )
    _require_one_video_a_name(found, described.videos)
    counted = _counted(root)
    clips = [_clip(entry, label, described, counted) for entry, label in zip(found[part], labels[part], strict=True)]
    name, times = Counter(clip.name for clip in clips).most_common(1)[0]
    if times > 1:
        where = [entry.where for entry, clip in zip(found[part], clips, strict=True) if clip.name == name]
        raise UserError(
            f"{where[0]} and {where[1]} are two clips of one name, {name!r}, which is a file's name without its "
            "folder. Rename one of the videos, or remove a line."
        )
    return clips


def _require_one_video_a_name(found: dict[str, list[Entry]], videos: Path) -> None:
    """Refuse a test clip named as a training clip of another video: frames are counted, and clips left out, by name."""

    def path(entry: Entry) -> str:
        return entry.path.removeprefix(f"{videos}/")

    training = {(PurePosixPath(entry.path).stem, entry.start, entry.end): entry for entry in found["train"]}
    for entry in found["test"]:
        name = PurePosixPath(entry.path).stem
        if (other := training.get((name, entry.start, entry.end))) and path(other) != path(entry):
            raise UserError(
                f"{other.where} and {entry.where} are two videos of one name, {one_line(repr(name))}, which is a "
                "file's name without its folder. Rename one of the videos, or remove a line."
            )


def _label(entry: Entry, classes: int | None) -> int:
    text = str(entry.label)
    if not re.fullmatch(r"\d{1,6}", text) or (classes is not None and int(text) >= classes):
        most = f" from 0 to {classes - 1}" if classes else ""
        raise UserError(f"{entry.where}: its label {one_line(text)!r} is not a whole number{most}.")
    return int(text)


def _clip(entry: Entry, label: int, described: Description, counted: dict[str, int]) -> Clip:
    path = PurePosixPath(entry.path)
    if path.is_absolute() and path.is_relative_to(described.videos):
        path = path.relative_to(described.videos)
    name = path.stem
    if path.is_absolute() or ".." in path.parts or not is_file_name(name):
        raise UserError(f"{entry.where}: {one_line(entry.path)!r} is no path of a video below {described.videos}.")
    group = entry.group or _group(path, described)
    if not (entry.start or entry.end):
        return Clip(name, label, 0, counted.get(name, UNKNOWN), str(path), group, has_frames=False)
    start, end = _frames(entry)
    return Clip(f"{name}_{start:06d}_{end:06d}", label, start, end, str(path), group)


def _frames(entry: Entry) -> tuple[int, int]:
    texts = entry.start, entry.end
    if not all(re.fullmatch(r"\d{1,9}", text) for text in texts) or not int(texts[0]) < int(texts[1]) <= MOST_FRAMES:
        raise UserError(
            f"{entry.where}: its frames {one_line(' '.join(texts))!r} are not two whole numbers with "
            f"0 ≤ start < end ≤ {MOST_FRAMES}."
        )
    return int(texts[0]), int(texts[1])


def _group(path: PurePosixPath, described: Description) -> str:
    """Tell the source video: by the regular expression, else the file itself."""
    if not described.regex:
        return str(path.with_suffix(""))
    match = re.search(described.regex, str(path))
    if not match or not match[1]:
        raise UserError(
            f"The regular expression {described.regex!r} finds no source video in {one_line(path)!r}. It has to fit "
            "the path of every clip, with the source video in its parentheses."
        )
    return match[1]


def _counted(root: Path) -> dict[str, int]:
    """Read how many frames the videos have, as `python -m xdomain index` counted them."""
    path = root / "index.json"
    values = read_json(path) if path.exists() else {}
    frames = values.get("frames", {}) if isinstance(values, dict) else {}
    return {name: count for name, count in frames.items() if type(count) is int}


def require_files(described: Description, clips: list[Clip]) -> None:
    """Refuse listings of videos that are not there.

    Raises:
        UserError: names the first, and says how many.
    """
    missing = [clip for clip in clips if not clip.path(described.videos).is_file()]
    if missing:
        raise UserError(
            f"{len(missing)} of {len(clips)} listed videos are not in {described.videos}, "
            f"{one_line(missing[0].file)} for one. Correct `videos`, or name the clips in leave-out.txt (python -m "
            "xdomain index does)."
        )
