"""Splits of the training listing into training and validation clips, each in a file of the dataset's folder.

splits/<kind>-val<N>-seed<S>.json                 written by `write_split`
"""

import hashlib
from collections.abc import Collection
from pathlib import Path

from xdomain.core.errors import UserError
from xdomain.core.files import read_json, write_or_compare
from xdomain.datasets.diving48.listing import left_out_of, read_listing
from xdomain.datasets.layouts.clip import Clip

SPLIT_KINDS = ("random", "source-video", "random-sha")


def split_clips(
    listed: list[Clip], kind: str, val_clips: int, seed: int, left_out: Collection[str] = ()
) -> tuple[list[str], list[str]]:
    """Split the training listing but for `left_out`: names of training and validation clips, both in listing order.

    `random` is the published split: the listing is permuted as torch does with that seed, all but the last
    `val_clips` of it train, and the clips left out are then taken from both sides. So no clip changes its side
    because another cannot be used, and fewer than `val_clips` may be held out.

    The others part what can be used, in the order of SHA-256 digests. `random-sha` holds out exactly `val_clips`.
    `source-video` keeps all clips of one source video on one side: in a random order it takes every video that still
    fits into `val_clips`, and then any that brings the number held out nearer to it.

    Raises:
        UserError: a side would be empty.
    """
    clips = [clip for clip in listed if clip.name not in left_out]

    def digest(name: str) -> bytes:
        return hashlib.sha256(f"{seed}:{name}".encode()).digest()

    held_out: set[str] = set()
    if kind == "random":
        from xdomain.core.permutation import published_permutation  # numpy, which no command line needs

        order = published_permutation(len(listed), seed).tolist()
        usable = {clip.name for clip in clips}
        held_out.update(usable & {listed[place].name for place in order[len(listed) - val_clips :]})
    elif kind == "random-sha":
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
        raise UserError(f"There is no split {kind}: take {', '.join(SPLIT_KINDS)}.")
    if not 0 < val_clips < len(clips) or not 0 < len(held_out) < len(clips):
        raise UserError(
            f"{val_clips} of {len(clips)} clips cannot be held out with a {kind} split: training or validation "
            "would have no clip. Choose another number of validation clips."
        )
    train = [clip.name for clip in clips if clip.name not in held_out]
    return train, [clip.name for clip in clips if clip.name in held_out]


def split_path(root: Path, kind: str, val_clips: int, seed: int) -> Path:
    """Tell where a split of the dataset in `root` is kept."""
    return root / "splits" / f"{kind}-val{val_clips}-seed{seed}.json"


def write_split(root: Path, kind: str, val_clips: int, seed: int) -> Path:
    """Write the split of the training listing, unless the same one is there already; returns its file.

    Raises:
        UserError: the file there parts other clips (the listing or leave-out.txt changed since).
    """
    listed, left_out = read_listing(root, "train", everything=True), left_out_of(root)
    train, val = split_clips(listed, kind, val_clips, seed, left_out)
    counts = {"train": len(train), "val": len(val)}
    split = {"kind": kind, "val_clips": val_clips, "seed": seed, "clips": counts, "train": train, "val": val}
    if kind == "random":  # whose membership is published: what is not here is missing from one of its sides
        full = {"train": len(listed) - val_clips, "val": val_clips}
        split["left_out"] = {side: full[side] - counts[side] for side in full}
    path = split_path(root, kind, val_clips, seed)
    if not write_or_compare(path, split):
        raise UserError(
            f"{path} parts other clips than the listing has now, without those of leave-out.txt, or parts them "
            "otherwise: the split random of earlier versions is now random-sha. If that was meant to change, remove "
            "the file, then give the command again."
        )
    return path


def read_split(root: Path, kind: str, val_clips: int, seed: int) -> tuple[list[str], list[str]]:
    """Read the names of the training and the validation clips from the split's file after checking it.

    Raises:
        UserError: as `write_split`.
    """
    split = read_json(write_split(root, kind, val_clips, seed))
    return split["train"], split["val"]


def left_out_of_split(root: Path, kind: str, val_clips: int, seed: int) -> dict[str, int]:
    """Tell how many clips of each side of a published split are not in it, since they cannot be used; else empty."""
    return read_json(split_path(root, kind, val_clips, seed)).get("left_out", {})


def membership_sentence(left_out: dict[str, int]) -> str:
    """Say that clips of a published split are left out; empty where none is."""
    if not any(left_out.values()):
        return ""
    return (
        f"{left_out['train']} training and {left_out['val']} validation clips of the published split are left out "
        "(leave-out.txt), so its membership differs from the paper's by those."
    )
