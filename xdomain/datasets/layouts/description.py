# dataset.toml:
#
#   layout = "list"                    # or csv, ucf101, hmdb51, ssv2; without this file a folder is in Diving48's
#   videos = "/scratch/kinetics"       # folder of the videos; a relative path is one below dataset.toml's folder
#   train = "train.txt"                # listings: lines of `path label [start end]`
#   test = "val.txt"
#   classes = "classes.txt"            # their names, one a line, in label order
#   group = { regex = '^(.+)_\d+$' }   # of a clip's path: the source video; or { column = "video" }, or "gNN"
"""Read dataset.toml: where a data set's listings and videos lie, and in which layout. Nothing of them is copied."""

import dataclasses
import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xdomain.core.errors import UserError
from xdomain.core.files import LARGEST_JSON, read_bytes, write_text
from xdomain.core.names import one_line

FILE = "dataset.toml"
LAYOUTS = {  # layout -> the keys that it cannot do without
    "list": ("videos", "train", "test"),
    "csv": ("videos", "train", "test"),
    "ucf101": ("videos", "train", "test", "classes"),
    "hmdb51": ("videos", "splits"),
    "ssv2": ("videos", "train", "test", "classes"),
}
COLUMNS = {"path": "path", "label": "label", "start": "start", "end": "end"}  # of a CSV file
UCF = "gNN"
UCF_GROUP = r"^(?:.*/)?(.+_g\d+)_c\d+\.\w+$"  # v_ApplyEyeMakeup_g08_c01.avi
PATHS = ("videos", "train", "test", "classes", "splits")


@dataclass(frozen=True)
class Description:
    """What dataset.toml says; paths are full ones."""

    layout: str
    videos: Path  # the folder of the videos
    train: Path | None = None  # the listings
    test: Path | None = None
    classes: Path | None = None  # names of the classes
    splits: Path | None = None  # hmdb51: the folder of <class>_test_split<N>.txt
    split: int = 1  # hmdb51: N
    columns: dict[str, str] = field(default_factory=lambda: dict(COLUMNS))  # csv: what its columns are called
    regex: str = ""  # of a clip's path; its first parenthesis is the source video
    column: str = ""  # csv: the column with the source video

    def listing(self, part: str) -> Path:
        """Name the file or folder that lists the clips of a part."""
        path = self.splits or (self.train if part == "train" else self.test)
        assert path is not None, "checked"
        return path


def read_description(root: Path) -> Description | None:
    """Read the dataset.toml of the data set in `root`; None where there is none: it is in Diving48's layout.

    Raises:
        UserError: the file is wrong; names the key.
    """
    path = root / FILE
    if not path.exists():
        return None
    try:
        values = tomllib.loads(read_bytes(path, LARGEST_JSON).decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not a TOML file ({error}). Correct it.") from error
    return described(values, path, root)


def described(values: dict[str, Any], source: Path | str, folder: Path) -> Description:
    """Make a description of TOML's values; relative paths are below `folder`.

    Raises:
        UserError: a key is missing, unknown or of the wrong type.
    """
    values = dict(values)
    layout = values.pop("layout", None)
    if layout not in LAYOUTS:
        raise UserError(f"{source}: layout is {one_line(layout)!r}. Take one of {', '.join(LAYOUTS)}.")
    known = {item.name for item in dataclasses.fields(Description)} - {"layout", "regex", "column"} | {"group"}
    if unknown := values.keys() - known:
        raise UserError(f"{source}: there is no key {one_line(min(unknown))!r}. Known are {', '.join(sorted(known))}.")
    if absent := [key for key in LAYOUTS[layout] if key not in values]:
        raise UserError(f"{source}: the layout {layout} needs {absent[0]}.")
    regex, column = _group(values.pop("group", UCF if layout == "ucf101" else None), layout, source)
    columns = values.pop("columns", {})
    if not _is_table_of_texts(columns, COLUMNS):
        raise UserError(f"{source}: columns names the columns of a CSV file, {', '.join(COLUMNS)}, each with a text.")
    number = values.pop("split", 1)
    if type(number) is not int:
        raise UserError(f"{source}: split is a whole number, as in <class>_test_split1.txt.")
    if wrong := [key for key in values if not isinstance(values[key], str)]:
        raise UserError(f"{source}: {wrong[0]} is a path in quotes.")
    paths = {key: folder / Path(values[key]).expanduser() for key in PATHS if key in values}
    return Description(
        layout,
        paths["videos"],
        train=paths.get("train"),
        test=paths.get("test"),
        classes=paths.get("classes"),
        splits=paths.get("splits"),
        split=number,
        columns=COLUMNS | columns,
        regex=regex,
        column=column,
    )


def _is_table_of_texts(value: Any, keys: dict[str, str] | tuple[str, ...]) -> bool:
    return isinstance(value, dict) and set(value) <= set(keys) and all(isinstance(v, str) for v in value.values())


def _group(value: Any, layout: str, source: Path | str) -> tuple[str, str]:
    """Read how a clip's source video is told: by a regular expression or by a column."""
    if value is None:
        return "", ""
    if value == UCF:
        return UCF_GROUP, ""
    if not _is_table_of_texts(value, ("regex", "column")) or len(value) != 1:
        raise UserError(f"{source}: group is {{ regex = '…' }}, {{ column = '…' }} or {UCF!r}.")
    if "column" in value and layout != "csv":
        raise UserError(f"{source}: group names a column, which only the layout csv has.")
    if "regex" in value:
        try:
            groups = re.compile(value["regex"]).groups
        except re.error as error:
            raise UserError(f"{source}: the regular expression of group is wrong ({error}).") from error
        if groups != 1:
            raise UserError(f"{source}: the regular expression of group needs one pair of parentheses, not {groups}.")
    return value.get("regex", ""), value.get("column", "")


def write_description(values: dict[str, Any], source: Path, root: Path) -> None:
    """Write dataset.toml into the data set's folder, paths in full, unless it says the same already.

    Args:
        values: as in dataset.toml; relative paths are below the folder of `source`.
        source: the file that they stand in.
        root: the data set's folder.

    Raises:
        UserError: the values are wrong, or a file with others is there.
    """
    wanted = described(values, source, source.absolute().parent)
    if (there := read_description(root)) is not None:
        if there != wanted:
            raise UserError(
                f"{root / FILE} describes other videos than {source} does. Give the data set another name there, or "
                "remove that file."
            )
        return
    full = values | {key: str(getattr(wanted, key)) for key in PATHS if key in values}
    text = f"# written from {source.name}\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in full.items())
    root.mkdir(parents=True, exist_ok=True)
    write_text(root / FILE, text)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
