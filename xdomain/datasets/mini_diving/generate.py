"""Draw a complete set: videos, listings, vocabulary, masks and labelled frames.

    python -m xdomain mini-diving

Nothing but the options decides the files. Masks are written a shard of videos at a time, after their videos, so
that an interrupted drawing goes on at the first shard that is missing.
"""

import dataclasses
import io
from collections import Counter
from functools import partial
from pathlib import Path

from tqdm import tqdm

from xdomain.core.errors import UserError
from xdomain.core.files import atomic_file, read_json, require_space, write_json
from xdomain.core.workers import in_order
from xdomain.datasets.diving48.video import encode_video
from xdomain.datasets.mini_diving.labelled import write_labelled
from xdomain.datasets.mini_diving.plan import PlannedClip, plan
from xdomain.datasets.mini_diving.render import render
from xdomain.datasets.mini_diving.spec import MiniSpec
from xdomain.datasets.mini_diving.truth import encode_masks, write_index, write_shard
from xdomain.studies.vocabulary import vocabulary

GENERATOR = 1  # raised whenever the same options give other files
SHARD = 64  # videos
FPS, CRF, PRESET = 25, 23, "veryfast"  # of the H.264 files
BYTES_A_PIXEL = 0.03  # on disk, of a video with its masks; measured 0.02


def generate(spec: MiniSpec, folder: Path, workers: int = 1) -> None:
    """Draw the set into `folder`, unless it is there already. The files do not depend on `workers`.

    `mini.json`, written last, describes the set; `mini-unfinished.json`, removed then, one that is being drawn.

    Raises:
        UserError: options that cannot be drawn, a folder that holds something else, or no room.
    """
    spec.check()
    description = {"generator": GENERATOR, "options": dataclasses.asdict(spec)}
    finished, unfinished = folder / "mini.json", folder / "mini-unfinished.json"
    if _claimed(folder, finished, unfinished, description):
        print(f"{folder} is already there.")
        return
    clips = plan(spec)
    require_space(folder, round(sum(clip.frames for clip in clips) * spec.height * spec.width * BYTES_A_PIXEL))
    write_json(unfinished, description)

    write_json(folder / "Diving48_vocab.json", vocabulary())
    for part in ("train", "test"):
        write_json(folder / f"Diving48_V2_{part}.json", [clip.entry() for clip in clips if clip.part == part])
    shards = _shards(clips)
    _draw(folder, spec, clips, shards, workers)
    write_index(folder, spec.height, {name: [clip.name for clip in part] for name, part in shards.items()})
    write_labelled(folder, spec, clips)

    counts = {
        part: {str(label): count for label, count in sorted(Counter(c.label for c in clips if c.part == part).items())}
        for part in ("train", "test")
    }
    in_own_pool = [clip.name for clip in clips if clip.pool == clip.label]
    write_json(finished, description | {"class_counts": counts, "in_the_pool_of_their_class": in_own_pool})
    unfinished.unlink(missing_ok=True)
    print(f"{folder}: {spec.train} training and {spec.test} test clips of {spec.classes} classes.")


def _claimed(folder: Path, finished: Path, unfinished: Path, description: dict) -> bool:
    """Tell whether the set is finished; refuses a folder with anything but this set in it."""
    for file in (finished, unfinished):
        if not file.exists():
            continue
        there = read_json(file)
        options = {"empty": 0} | there.get("options", {})  # sets drawn before there was this option have none
        if {"generator": there.get("generator"), "options": options} != description:
            raise UserError(
                f"{folder} holds a set drawn with other options or by another version (see {file.name}). "
                "Give another --out, or remove that folder."
            )
        return file is finished
    if folder.exists() and any(folder.iterdir()):
        raise UserError(f"{folder} holds something else, which is kept: give another --out, or empty the folder.")
    return False


def _shards(clips: list[PlannedClip]) -> dict[str, list[PlannedClip]]:
    """Group the clips whose masks share a file."""
    starts = range(0, len(clips), SHARD)
    return {f"instances-{number:03d}.zip": clips[start : start + SHARD] for number, start in enumerate(starts)}


def draw_video(spec: MiniSpec, folder: Path, clip: PlannedClip) -> bytes:
    """Draw one clip and write its video; returns its encoded masks."""
    frames, masks = render(spec, clip)
    video = io.BytesIO()
    encode_video(video, frames, FPS, CRF, PRESET)
    with atomic_file(folder / "rgb" / f"{clip.name}.mp4") as file:
        file.write(video.getvalue())
    return encode_masks(masks)


def _draw(
    folder: Path,
    spec: MiniSpec,
    clips: list[PlannedClip],
    shards: dict[str, list[PlannedClip]],
    workers: int,
) -> None:
    """Draw the videos and masks of every shard that is not there yet."""
    missing = {name: part for name, part in shards.items() if not (folder / "truth" / name).exists()}
    wanted = [clip for part in missing.values() for clip in part]
    drawn = in_order(partial(draw_video, spec, folder), wanted, workers)
    with tqdm(
        total=len(clips),
        initial=len(clips) - len(wanted),
        desc=folder.name,
        unit="clip",
        disable=None,
    ) as bar:
        for name, part in missing.items():
            masks = {}
            for clip in part:
                masks[clip.name] = next(drawn)
                bar.update()
            write_shard(folder / "truth" / name, masks)
