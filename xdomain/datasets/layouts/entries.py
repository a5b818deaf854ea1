"""The lines of each layout's files, as entries of one kind; what they mean is for `listing.py` to check."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xdomain.core.errors import UserError
from xdomain.core.files import CORRECT, parse_json
from xdomain.core.names import one_line
from xdomain.datasets.layouts.description import Description

BRACKETS = re.compile(r"[\[\]]")


@dataclass(frozen=True)
class Entry:
    """One listed clip as its file says it."""

    where: str  # file and line, for messages
    path: str  # below the folder of the videos
    label: str | int
    start: str = ""
    end: str = ""
    group: str = ""


def text_of(path: Path) -> str:
    """Read a text file.

    Raises:
        UserError: it is missing or no UTF-8 text.
    """
    if not path.is_file():
        raise UserError(f"{path} is missing. Correct its path in the data set's description, or put the file there.")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text. Save it as that.") from error


def entries(described: Description, part: str, names: list[str]) -> list[Entry]:
    """List the clips of a part, in the file's order.

    Args:
        described: the data set.
        part: train or test.
        names: of the classes, where the layout names them in its listings.

    Raises:
        UserError: a file is missing, or a line is none of the layout's; names file and line.
    """
    read = {"list": _list, "csv": _csv, "ucf101": _ucf101, "hmdb51": _hmdb51, "ssv2": _ssv2}[described.layout]
    found = list(read(described, part, names))
    if not found:
        raise UserError(f"{described.listing(part)} lists no clip of the part {part}.")
    return found


def class_lines(described: Description) -> list[str]:
    """List the names of the classes in label order; empty where no file names them.

    Raises:
        UserError: the file is missing, or not as the layout has it.
    """
    if described.layout == "hmdb51":
        ending = f"_test_split{described.split}.txt"
        folder = described.listing("train")
        return sorted(path.name.removesuffix(ending) for path in folder.glob(f"*{ending}"))
    if described.classes is None:
        return []
    if described.layout == "ssv2":
        labels = parse_json(text_of(described.classes).encode(), str(described.classes), CORRECT)
        if not isinstance(labels, dict) or sorted(map(str, labels.values())) != sorted(map(str, range(len(labels)))):
            raise UserError(f"{described.classes} does not map each class to a number from 0 on.")
        return sorted(labels, key=lambda name: int(labels[name]))
    lines = [line.strip() for line in text_of(described.classes).splitlines() if line.strip()]
    if described.layout != "ucf101":
        return lines
    numbered = [line.split(maxsplit=1) for line in lines]
    if [words[0] for words in numbered] != [str(k + 1) for k in range(len(lines))] or any(
        len(w) != 2 for w in numbered
    ):
        raise UserError(f"{described.classes} does not have lines such as `1 ApplyEyeMakeup`, numbered from 1 on.")
    return [name for _, name in numbered]


def _lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield (file and line, words) of each line that is not empty."""
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        if words := line.split():
            yield f"{path}, line {number}", words


def _list(described: Description, part: str, names: list[str]) -> Iterator[Entry]:
    """Read lines of `path label [start end]`."""
    for where, words in _lines(described.listing(part)):
        if len(words) == 4:
            path, label, start, end = words
            yield Entry(where, path, label, start, end)
        elif len(words) == 2:
            yield Entry(where, words[0], words[1])
        else:
            raise UserError(f"{where}: it has {len(words)} words where `path label` or `path label start end` belong.")


def _csv(described: Description, part: str, names: list[str]) -> Iterator[Entry]:
    path = described.listing(part)
    reader = csv.DictReader(text_of(path).splitlines())
    try:
        yield from _rows(reader, described, path)
    except csv.Error as error:
        raise UserError(f"{path} cannot be read as CSV after line {reader.line_num} ({error}).") from error


def _rows(reader: "csv.DictReader[str]", described: Description, path: Path) -> Iterator[Entry]:
    columns, present = described.columns, list(reader.fieldnames or ())
    needed = [columns["path"], columns["label"], *([described.column] if described.column else [])]
    if absent := [name for name in needed if name not in present]:
        raise UserError(f"{path} has no column {absent[0]!r}. It has: {one_line(', '.join(present))}.")
    for row in reader:
        start, end = (row.get(columns[key]) or "" for key in ("start", "end"))
        group = row.get(described.column) or "" if described.column else ""
        where = f"{path}, line {reader.line_num}"
        if described.column and not group:
            raise UserError(f"{where}: its column {described.column!r}, the source video, is empty.")
        yield Entry(where, row[columns["path"]] or "", row[columns["label"]] or "", start, end, group)


def _ucf101(described: Description, part: str, names: list[str]) -> Iterator[Entry]:
    """Read lines of `Class/video.avi [number from 1 on]`; the class is the folder's."""
    for where, words in _lines(described.listing(part)):
        folder = words[0].partition("/")[0]
        if folder not in names:
            raise UserError(f"{where}: {one_line(folder)!r} is no class of {described.classes}.")
        label = names.index(folder)
        if len(words) > 1 and words[1] != str(label + 1):
            raise UserError(f"{where}: {folder} has the number {label + 1} in {described.classes}, not {words[1]}.")
        yield Entry(where, words[0], label)


def _hmdb51(described: Description, part: str, names: list[str]) -> Iterator[Entry]:
    """Read lines of `video.avi 1` (train), 2 (test) or 0 (neither), a file per class."""
    if not names:
        raise UserError(f"{described.listing(part)} has no file <class>_test_split{described.split}.txt.")
    wanted = {"train": "1", "test": "2"}[part]
    for label, name in enumerate(names):
        for where, words in _lines(described.listing(part) / f"{name}_test_split{described.split}.txt"):
            if len(words) != 2 or words[1] not in ("0", "1", "2"):
                raise UserError(f"{where}: it is no line such as `video.avi 1`.")
            if words[1] == wanted:  # clips of one film are called after it, then their class
                film = words[0].partition(f"_{name}_")[0]
                yield Entry(where, f"{name}/{words[0]}", label, group="" if described.regex else film)


def _ssv2(described: Description, part: str, names: list[str]) -> Iterator[Entry]:
    """Read a list of objects with `id` and `template`, whose brackets the class has not."""
    path = described.listing(part)
    listed = parse_json(text_of(path).encode(), str(path), CORRECT)
    if not isinstance(listed, list):
        raise UserError(f"{path} is no list of clips.")
    numbers = {name: label for label, name in enumerate(names)}
    for number, item in enumerate(listed):
        where = f"{path}, entry {number}"
        values: dict[str, Any] = item if isinstance(item, dict) else {}
        name = BRACKETS.sub("", str(values.get("template", "")))
        if "id" not in values or name not in numbers:
            raise UserError(f"{where}: it has no id, or its template {one_line(name)!r} is no class of the labels.")
        yield Entry(where, f"{values['id']}.webm", numbers[name])
