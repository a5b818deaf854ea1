"""What decoded clips were made from, and whether that is what there is now (docs/identity.md draws the chain).

Light, without a decoder: a login node compares too. A listing counts without the clips of leave-out.txt. Where the
dataset's folder has no listing (a cluster that only a cache was copied to), the cache's own record of it is taken on
trust, and results say so.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xdomain.core.errors import UserError
from xdomain.datasets.diving48.listing import leave_out_path, listing_path, read_listing, video_folder
from xdomain.datasets.layouts.clip import Clip
from xdomain.domains.registry import find
from xdomain.specs.videos import ClipCacheSpec

if TYPE_CHECKING:
    from xdomain.datasets.clip_cache.reader import ClipCache

DECODER = 2  # raised whenever the same videos give other pixels
COMPOSER = 1  # of domains made of masks: raised whenever the same frames and masks give other pixels
# x264's default quality, as of most published videos, and a quarter of the default preset's time for pictures as near
# (42 dB); files are half as large again.
CODEC: dict[str, Any] = {"crf": 23, "preset": "superfast"}
STREAMED = "streamed:"  # begins the identity of clips that are decoded while they are used
COMPARED, TRUSTED = "compared", "not here"  # what results say of the listing of their clips
DIGITS = 12  # of a checksum that a sentence shows


def listing_sha256(clips: Iterable[Clip]) -> str:
    """Hash names, labels and frame ranges, in order."""
    return hashlib.sha256(json.dumps([clip.content for clip in clips]).encode()).hexdigest()


def current_listing(spec: ClipCacheSpec, root: Path, missing: Iterable[str] = ()) -> list[Clip] | None:
    """Describe the clips that `spec` would be made of now, but for those named `missing`; None without a listing.

    Raises:
        UserError: the listing is wrong.
    """
    part = spec.listing
    if not listing_path(root / spec.dataset, part).exists():
        return None
    absent = set(missing)
    return [clip for clip in read_listing(root / spec.dataset, part) if clip.name not in absent]


def streamed_sha256(clips: list[Clip], dataset: Path) -> str:
    """Hash clips decoded while they are used: the listing's entries and the sizes of the videos, not their bytes.

    Hashing the videos would be reading the archive twice; their sizes tell most changes.
    """
    videos = video_folder(dataset)
    files = [clip.path(videos) for clip in clips]
    sizes = [file.stat().st_size if file.exists() else None for file in files]
    content = [DECODER, [[*clip.content, size] for clip, size in zip(clips, sizes, strict=True)]]
    return STREAMED + hashlib.sha256(json.dumps(content).encode()).hexdigest()


def masks_sha256(lines: Mapping[str, str]) -> str:
    """Hash a mask set's lines by clip name; in how many files they stand does not matter."""
    digest = hashlib.sha256()
    for name in sorted(lines):
        digest.update(lines[name].encode())
    return digest.hexdigest()


def open_current(spec: ClipCacheSpec, root: Path) -> tuple["ClipCache", dict[str, Any]]:
    """Open a cache that is of what there is now; returns it with what results say of it.

    Sizes of files are compared, and not their checksums: that is for `python -m xdomain cache`, as it reads 82 GB.

    Raises:
        UserError: there is no such cache, it is damaged, or its listing, leave-out.txt, masks or the decoder changed.
    """
    from xdomain.datasets.clip_cache.reader import open_cache  # numpy, which a launcher that only compares does without

    cache = open_cache(spec.folder(root), verify=False)
    return cache, require_current(spec, cache.info, root)


def require_current(spec: ClipCacheSpec, info: dict[str, Any], root: Path) -> dict[str, Any]:
    """Refuse a cache that was made from something else than there is now; returns what results say of it.

    Raises:
        UserError: names both sides, and the command that makes the cache anew.
    """
    folder = spec.folder(root)
    again = f"Remove {folder}, then make it again with: {command_for(spec, made_of_masks='masks_sha256' in info)}"
    for part, now in {"decoder": DECODER, "composer": COMPOSER, "codec": CODEC}.items():
        if info.get(part, None if part == "decoder" else now) != now:  # only domains made of masks have the others
            raise UserError(
                f"{folder} was made by the {part} {info.get(part)}, and this version's is {now}, which may give other "
                f"pixels. {again}"
            )
    _require_same_function(spec, info, again)
    made_from = {key: info[key] for key in ("sha256", "listing_sha256", "masks_sha256") if key in info}
    clips = current_listing(spec, root, info.get("missing", ()))
    if clips is None:
        return made_from | {"listing": TRUSTED}
    if difference := _difference(info, clips):
        listing = listing_path(root / spec.dataset, spec.listing).name
        left_out = leave_out_path(root).name
        raise UserError(
            f"{folder} was made of another listing ({_short(info)}) than {listing} without {left_out} is now "
            f"({listing_sha256(clips)[:DIGITS]}): {difference}. {again}"
        )
    _require_same_masks(spec, info, root, again)
    return made_from | {"listing": COMPARED}


def _require_same_function(spec: ClipCacheSpec, info: dict[str, Any], again: str) -> None:
    """Refuse clips of another version of their domain's function; without its package here they are trusted."""
    from xdomain.domains.change import identity  # numpy, which a launcher of other domains does without

    if "function" not in info or not find(spec.part):
        return
    if (now := identity(spec.part)) != info["function"]:
        raise UserError(f"{spec.part} was made by {info['function']}, and its function is {now} now. {again}")


def _require_same_masks(spec: ClipCacheSpec, info: dict[str, Any], root: Path, again: str) -> None:
    masks = root / spec.dataset / "masks" / spec.masks
    if "masks_sha256" not in info or not (masks / "set.json").exists():  # imported, or copied without its masks
        return
    now = masks_sha256(dict(_lines(masks)))
    if now != info["masks_sha256"]:
        raise UserError(
            f"{spec.folder(root)} was made with other masks ({info['masks_sha256'][:DIGITS]}) than {masks} has now "
            f"({now[:DIGITS]}). {again}"
        )


def _lines(masks: Path) -> Iterable[tuple[str, str]]:
    """Yield (clip name, line) of every complete line of a mask set; segment/masks/mask_set.py describes the files."""
    for path in masks.glob("shard-*.jsonl"):
        for line in path.read_text().splitlines(keepends=True):
            if line.endswith("\n"):
                try:
                    yield json.loads(line)["name"], line
                except (ValueError, KeyError, TypeError) as error:
                    raise UserError(
                        f"{path} is damaged ({error}). Remove the file, then make its masks again."
                    ) from error


def command_for(spec: ClipCacheSpec, made_of_masks: bool = True) -> str:
    """Write the command that makes a cache; of a domain, the one that makes it of masks or of a folder of videos."""
    size = f"--frames {spec.frames} --side {spec.side}"
    if spec.is_of_frames:
        return f"python -m segment domains --dataset {spec.dataset} --domain {spec.part} {size}"
    if not spec.masks:
        return f"python -m xdomain cache {spec.dataset} --part {spec.part} {size}"
    if made_of_masks:
        return f"python -m segment domains --dataset {spec.dataset} --masks {spec.masks} --domain {spec.part} {size}"
    return (
        f"python -m xdomain import-clips FOLDER --dataset {spec.dataset} --name {spec.part} --group {spec.masks} {size}"
    )


def _short(info: dict[str, Any]) -> str:
    return info.get("listing_sha256", f"of {len(info['names'])} clips")[:DIGITS]


def _difference(info: dict[str, Any], now: list[Clip]) -> str:
    """Say in what a cache's clips are not those of the listing; empty if they are."""
    then = dict(zip(info["names"], info["labels"], strict=True))
    labels = {clip.name: clip.label for clip in now}
    if gone := [name for name in then if name not in labels]:
        return f"{_clips(gone)} there and not listed now"
    if new := [name for name in labels if name not in then]:
        return f"{_clips(new)} listed now and not there"
    if moved := [name for name in then if then[name] != labels[name]]:
        name = moved[0]
        return f"{_clips(moved)} of another class, {name} of {then[name]} there and {labels[name]} now"
    if info["names"] != list(labels):
        return "the clips stand in another order"
    # A user's own videos are taken from their first frame to their last, whatever the listing says.
    same_frames = "listing_sha256" not in info or info["listing_sha256"] == listing_sha256(now)
    return "" if same_frames else "the clips are the same and their frames (start_frame, end_frame) are not"


def _clips(names: list[str]) -> str:
    return f"{names[0]} is" if len(names) == 1 else f"{len(names)} clips, such as {names[0]}, are"
