"""Mask sets: where the divers are in every sampled frame of a set of clips, in few files.

    set.json                    what the masks were made from; written first
    clips.json                  the frames that they are of (segment/masks/identity.py)
    shard-003-of-016.jsonl      one line a clip: COCO run lengths of its masks, and its boxes
    failed-003-of-016.json      clip -> sentence, for the clips of that shard that could not be done

A shard is only ever appended to, by one process at a time; a last line truncated by a kill is dropped and done again.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from segment.masks.clip_masks import HEIGHT, THRESHOLD, WIDTH, ClipMasks, from_line, to_line
from xdomain.core.claims.claim import AlreadyClaimed, claimed
from xdomain.core.errors import FULL, UserError
from xdomain.core.files import read_json, write_json
from xdomain.core.names import did_you_mean
from xdomain.core.record import checked
from xdomain.datasets.clip_cache.identity import masks_sha256
from xdomain.schema.data import MaskSetInfo

FORMAT = 1
SHARD = re.compile(r"shard-(\d+)-of-(\d+)\.jsonl")


def begin_set(folder: Path, info: dict[str, Any]) -> None:
    """Write `set.json`, unless it is there already. `info` says all that decides the masks, `frames` (T) among it.

    Raises:
        UserError: the folder holds masks made from something else.
    """
    described = folder / "set.json"
    info = {"format": FORMAT, "height": HEIGHT, "width": WIDTH, "threshold": THRESHOLD} | info
    if not described.exists():
        write_json(described, info)
        return
    recorded = read_json(described)
    if recorded != info:
        differ = sorted(key for key in {*recorded, *info} if recorded.get(key) != info.get(key))
        raise UserError(
            f"{folder} holds masks made in another way (different: {', '.join(differ)}; see set.json). "
            "Give the new masks another name, or remove that folder."
        )


class MaskShard:
    """Writes one shard of a begun set: `with MaskShard(folder, 3, 16) as shard: ...`. Shards count from 0."""

    def __init__(self, folder: Path, shard: int, shards: int) -> None:
        if not 0 <= shard < shards:
            raise UserError(f"Shard {shard} of {shards}: shards count from 0 to {shards - 1}.")
        self.folder = folder
        part = f"{shard:03d}-of-{shards:03d}"
        self.path, self._shards = folder / f"shard-{part}.jsonl", shards
        self._failed_path = folder / f"failed-{part}.json"
        self._claim = folder / f".shard-{part}.claim"
        self.done: set[str] = set()  # names of the clips whose masks are kept
        self.failed: dict[str, str] = {}  # name -> why, of the others tried; the next run tries them again

    def __enter__(self) -> Self:
        """Claim the shard and read what is there.

        Raises:
            UserError: another process writes it, the set was not begun, or was begun in another number of shards.
        """
        info = _read_info(self.folder)
        matches = (SHARD.fullmatch(path.name) for path in _shards(self.folder))
        others = {int(match[2]) for match in matches if match} - {self._shards}
        if others:
            raise UserError(f"{self.folder} was begun in {others.pop()} shards, not {self._shards}: keep that number.")
        with ExitStack() as stack:
            try:
                stack.enter_context(claimed(self._claim))
            except AlreadyClaimed as error:
                raise UserError(f"{self.path} is being written: {error}. Wait for it, or cancel that job.") from error
            self._frames = info["frames"]
            self.done = {name for name, _ in _lines(self.path)} if self.path.exists() else set()
            self.failed = read_json(self._failed_path) if self._failed_path.exists() else {}
            # Only complete lines are kept: a line without its end was truncated by a kill.
            self._file = stack.enter_context(self.path.open("ab", buffering=0))
            size = sum(len(line) for line in _complete_lines(self.path))
            if size < self.path.stat().st_size:
                self._file.truncate(size)
            self._release = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._release.close()

    def add(self, clip: ClipMasks) -> None:
        """Append one clip; it is on the disk when this returns.

        Raises:
            UserError: the disk is full; the clip is then not in the shard.
        """
        if clip.name in self.done or len(clip.masks) != self._frames:
            raise ValueError(f"{clip.name}: there already, or not {self._frames} frames")
        before = self._file.seek(0, os.SEEK_END)
        try:
            line = to_line(clip).encode()
            while line:  # a nearly full disk takes a part of it before it refuses the rest
                line = line[self._file.write(line) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            if error.errno not in FULL:
                raise
            self._file.truncate(before)
            raise UserError(f"No space left for {self.path}. Free some, then give the same command again.") from error
        self.done.add(clip.name)
        if self.failed.pop(clip.name, None):
            write_json(self._failed_path, self.failed)

    def fail(self, name: str, why: str) -> None:
        """Note that a clip could not be done; a later `add` of it takes the note back."""
        self.failed[name] = why
        write_json(self._failed_path, self.failed)


class MaskSet(Mapping[str, ClipMasks]):
    """An opened mask set: clip name -> `ClipMasks`, decoded anew each time. In sorted order, whatever the shards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.info = _read_info(folder)
        self._raw: dict[str, str] = {}
        for path in _shards(folder):
            for name, line in _lines(path):
                if name in self._raw:
                    raise UserError(f"{path} has clip {name} a second time. Remove the folder {folder}, make it again.")
                self._raw[name] = line
        failed = [item for path in sorted(folder.glob("failed-*.json")) for item in read_json(path).items()]
        self.failed = {name: why for name, why in failed if name not in self._raw}

    def __getitem__(self, name: str) -> ClipMasks:
        line = self._raw[name]
        try:
            clip = from_line(line)
        except UserError as error:
            raise UserError(f"{self.folder}, clip {name}: {error} Remove the folder and make it again.") from error
        if len(clip.masks) != self.info["frames"]:
            raise UserError(f"{self.folder}, clip {name}: {len(clip.masks)} frames, not {self.info['frames']}.")
        return clip

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._raw))

    def __len__(self) -> int:
        return len(self._raw)

    @property
    def boxes_only(self) -> bool:
        """Tell whether the divers' boxes alone are known, so that nothing can be said of their pixels."""
        return bool(self.info.get("boxes_only", False))

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of all clips' lines in the order of their names; the number of shards does not matter."""
        return masks_sha256(self._raw)

    def missing(self, names: Iterable[str]) -> dict[str, str]:
        """Say why clips among `names` have no masks: clip -> why."""
        return {name: self.failed.get(name, "not done yet") for name in names if name not in self._raw}


def open_masks(folder: Path, names: Iterable[str] = ()) -> MaskSet:
    """Open the mask set in `folder`, which has to have every clip of `names`.

    Raises:
        UserError: there is no set, it is of another format or damaged, or clips are missing; names them.
    """
    masks = MaskSet(folder)
    if missing := masks.missing(names):
        raise UserError(f"{folder} has no masks of {sentence_of(missing)}. Give the command that made it again.")
    return masks


def sentence_of(missing: Mapping[str, str], shown: int = 5) -> str:
    """Write `2 clips: a (why), b (why)`; of more than `shown` only the first are named."""
    clips = ", ".join(f"{name} ({why.rstrip('.')})" for name, why in list(missing.items())[:shown])
    rest = f" and {len(missing) - shown} more" if len(missing) > shown else ""
    return f"{len(missing)} clip{'s' * (len(missing) > 1)}: {clips}{rest}"


def _read_info(folder: Path) -> dict[str, Any]:
    if not (folder / "set.json").exists():
        others = [path.parent.name for path in folder.parent.glob("*/set.json")]
        raise UserError(
            f"There is no mask set {folder} (set.json is missing).{did_you_mean(folder.name, others)} Make it with: "
            "python -m segment infer, truth or import-masks."
        )
    info = read_json(folder / "set.json")
    if not isinstance(info, dict) or info.get("format") != FORMAT:
        raise UserError(f"{folder / 'set.json'} is of another format than this version reads ({FORMAT}).")
    checked(MaskSetInfo, info, str(folder / "set.json"), "Make its masks again.")
    return info


def _shards(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if SHARD.fullmatch(path.name))


def _complete_lines(path: Path) -> list[bytes]:
    return [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (clip name, line) of every complete line."""
    for number, line in enumerate(_complete_lines(path), start=1):
        try:
            text = line.decode()
            yield json.loads(text)["name"], text
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise UserError(
                f"{path}, line {number}, is damaged ({error}). Remove the file, then make its masks again."
            ) from error
