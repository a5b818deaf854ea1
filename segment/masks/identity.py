"""Which frames a mask set's masks are of: kept beside them, and compared with the listing by whoever opens the set.

    clips.json    clip -> [start_frame, end_frame], in the order by which shards are cut; set.json has its SHA-256

Labels are no part of it, since no mask depends on them. A clip that is left out later costs nothing: the others' masks
stay what they are. Sets made by hand need not have the file, and are then taken on trust.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from segment.masks.mask_set import MaskSet, begin_set
from xdomain.core.errors import UserError
from xdomain.core.files import read_json, write_json
from xdomain.datasets.layouts.clip import Clip

CLIPS = "clips.json"
DIGEST = "clips_sha256"  # in set.json
COMMANDS = {  # by a set's `source`
    "segment infer": "python -m segment infer",
    "segment import-masks": "python -m segment import-masks",
    "truth": "python -m segment truth",
}
Frames = dict[str, list[int]]


def begin_set_of(folder: Path, info: dict[str, Any], clips: list[Clip]) -> list[str]:
    """Begin the mask set of `clips` or continue it; returns the clips by which its shards are cut.

    These are those that it was begun with, also if some of them are left out by now.

    Raises:
        UserError: the folder holds masks made from something else, of other clips, or of other frames of them.
    """
    if not (folder / "set.json").exists():
        write_json(folder / CLIPS, _frames_of(clips))
    frames = _recorded(folder, info)
    begin_set(folder, info | {DIGEST: _digest(frames)})
    if new := [clip.name for clip in clips if clip.name not in frames]:
        raise UserError(
            f"{folder} was begun with another listing: {_listed(new)} listed now and not among its {len(frames)} "
            f"clips. {_again(folder, info)}"
        )
    _require_same(folder, info, frames, _frames_of(clips), "the listing")
    return list(frames)


def require_frames(masks: MaskSet, clips: Iterable[Clip]) -> None:
    """Refuse masks of other frames than the listing says now.

    Raises:
        UserError: names a clip with both ranges, and the command that makes the masks anew.
    """
    if frames := _frames_in(masks):
        _require_same(masks.folder, masks.info, frames, _frames_of(clips), "the listing")


def require_same_frames(masks: MaskSet, others: MaskSet) -> None:
    """Refuse to compare masks of different frames.

    Raises:
        UserError: names a clip with both ranges, and the command that makes the first masks anew.
    """
    ours, theirs = _frames_in(masks), _frames_in(others)
    if ours and theirs:
        _require_same(masks.folder, masks.info, ours, theirs, str(others.folder))


def _frames_in(masks: MaskSet) -> Frames:
    """Read the set's clips with their frames; empty for a set made by hand that does not say them."""
    if masks.info.get("source") not in COMMANDS and DIGEST not in masks.info:
        return {}
    frames = _recorded(masks.folder, masks.info)
    if _digest(frames) != masks.info.get(DIGEST):
        raise UserError(
            f"{masks.folder / CLIPS} was altered: it is not the one that set.json names. "
            f"{_again(masks.folder, masks.info)}"
        )
    return frames


def _recorded(folder: Path, info: dict[str, Any]) -> Frames:
    if not (folder / CLIPS).exists():
        raise UserError(
            f"{folder} does not say which frames its masks are of ({CLIPS} is missing: an earlier version made it), so "
            f"that nobody can tell whether the listing still names them. {_again(folder, info)}"
        )
    return read_json(folder / CLIPS)


def _require_same(folder: Path, info: dict[str, Any], recorded: Frames, now: Frames, owner: str) -> None:
    moved = [name for name in recorded if name in now and now[name] != recorded[name]]
    if moved:
        (then_from, then_to), (now_from, now_to) = recorded[moved[0]], now[moved[0]]
        raise UserError(
            f"{folder} has masks of other frames than {owner} names, for {len(moved)} clip{'s' * (len(moved) > 1)}: "
            f"{moved[0]} is of frames {then_from} to {then_to} there, and of {now_from} to {now_to} in {owner}. "
            f"{_again(folder, info)}"
        )


def _again(folder: Path, info: dict[str, Any]) -> str:
    dataset, name = folder.parent.parent.name, folder.name
    command = f"{COMMANDS.get(info.get('source', ''), 'the command that made it')} --dataset {dataset}"
    command += f" --masks {name}" if info.get("source") in COMMANDS.keys() - {"truth"} else ""
    return f"Remove {folder}, then make the masks again with: {command}"


def _frames_of(clips: Iterable[Clip]) -> Frames:
    return {clip.name: [clip.start_frame, clip.end_frame] for clip in clips}


def _digest(frames: Frames) -> str:
    return hashlib.sha256(json.dumps(list(frames.items())).encode()).hexdigest()


def _listed(names: list[str]) -> str:
    return f"{names[0]} is" if len(names) == 1 else f"{len(names)} clips, such as {names[0]}, are"
