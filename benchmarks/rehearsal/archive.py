"""An archive of any size: a few hundred drawn dives, encoded once, under as many names as are wanted, by hard links."""

import json
import os
from dataclasses import replace
from pathlib import Path

from segment.masks.identity import begin_set_of
from segment.masks.mask_set import MaskShard, open_masks
from segment.masks.truth import make_truth
from xdomain.core.files import read_json
from xdomain.datasets.diving48.listing import Clip, listing_path, read_listing

PAPER = {"train": 15_027, "test": 1_970}
CLIPS = sum(PAPER.values())  # 16,997
VIDEO = 9  # clips that share a source video
MASKS = "truth"


def parts_of(clips: int) -> dict[str, int]:
    """Share `clips` between the two listings as the paper's are, some to each."""
    test = max(1, round(clips * PAPER["test"] / CLIPS))
    return {"train": clips - test, "test": test}


def multiply(encodings: Path, archive: Path, clips: int) -> None:
    """Write an archive of `clips` clips whose videos are links to those of `encodings`."""
    (archive / "rgb").mkdir(parents=True)
    vocabulary = (encodings / "Diving48_vocab.json").read_bytes()
    (archive / "Diving48_vocab.json").write_bytes(vocabulary)
    for part, number in parts_of(clips).items():
        real = read_json(listing_path(encodings, part))
        listing = []
        for i in range(number):
            entry = real[i % len(real)] | {"vid_name": f"{part}{i // VIDEO:05}_{i % VIDEO:05}"}
            os.link(encodings / "rgb" / f"{real[i % len(real)]['vid_name']}.mp4", _video(archive, entry["vid_name"]))
            listing.append(entry)
        listing_path(archive, part).write_text(json.dumps(listing))


def multiply_masks(encodings: Path, archive: Path, frames: int) -> None:
    """Write the mask set of the archive's test clips: each has its encoding's masks."""
    make_truth(encodings, frames)
    real = read_listing(encodings, "test")
    known = open_masks(encodings / "masks" / MASKS)
    clips: list[Clip] = read_listing(archive, "test")
    folder = archive / "masks" / MASKS
    begin_set_of(folder, {"source": "rehearsal", "frames": frames}, clips)
    with MaskShard(folder, 0, 1) as shard:
        for i, clip in enumerate(clips):
            shard.add(replace(known[real[i % len(real)].name], name=clip.name))


def _video(archive: Path, name: str) -> Path:
    return archive / "rgb" / f"{name}.mp4"
