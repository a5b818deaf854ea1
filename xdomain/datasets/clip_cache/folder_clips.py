"""Make a domain of the test clips from any folder of videos: `python -m xdomain import-clips FOLDER`.

A test clip's video is `<vid_name>.mp4`, or `<vid_name>_cropped.mp4` as in the released domains
(doi:10.7910/DVN/MXJPIZ). It may have any number of frames: they are sampled evenly from its own first to its last.
"""

import re
from functools import partial
from pathlib import Path

from tqdm import tqdm

from xdomain.core.errors import UserError
from xdomain.core.files import sha256
from xdomain.core.workers import Tick, run
from xdomain.datasets.clip_cache.build import write_videos
from xdomain.datasets.clip_cache.identity import DECODER
from xdomain.datasets.diving48.listing import read_listing
from xdomain.datasets.diving48.video import BadVideo, is_too_short, probe
from xdomain.datasets.layouts.clip import Clip
from xdomain.specs.videos import ClipCacheSpec

SUFFIXES = (".mp4", "_cropped.mp4")


def import_folder(folder: Path, spec: ClipCacheSpec, root: Path, workers: int = 1) -> Path:
    """Write the cache `spec` (part: the domain's name, masks: its group) from the videos in `folder`.

    `root` is the data root. Test clips without a video are counted, printed and named in the cache's `index.json`
    under `missing`; videos of no test clip are counted and printed.

    Raises:
        UserError: no video of a test clip, two of one, one that cannot be used, no room, or other clips are there.
    """
    for value in (spec.part, spec.masks):
        if not re.fullmatch(r"\w[\w.-]*", value):
            raise UserError(f"'{value}' cannot name a domain's folder: use letters, digits, '_', '-' and '.'.")
    listed = read_listing(root / spec.dataset, "test")
    there = {path.name: path for path in folder.iterdir() if path.is_file()}
    videos, missing = [], []
    for clip in listed:
        names = [f"{clip.name}{suffix}" for suffix in SUFFIXES if f"{clip.name}{suffix}" in there]
        if len(names) > 1:
            raise UserError(f"{folder} has both {' and '.join(names)}. Move one of them away.")
        if names:
            videos.append((there.pop(names[0]), clip))
        else:
            missing.append(clip.name)
    if not videos:
        raise UserError(
            f"{folder} has no video of a test clip of {spec.dataset}, such as {listed[0].name}.mp4 or "
            f"{listed[0].name}_cropped.mp4. Name the folder that has the files themselves."
        )
    others = sum(name.lower().endswith(".mp4") for name in there)
    print(f"{folder}: {len(videos):,} of {len(listed):,} test clips; {others:,} other videos are not used.")
    if missing:
        print(f"Without a video, so not in the domain: {len(missing):,} ({', '.join(missing[:5])}, …)")
    bar = tqdm(total=len(videos), desc="checking videos", unit="clip", disable=None)
    items = [videos[start : start + 16] for start in range(0, len(videos), 16)]
    try:
        with bar:
            measure = partial(_measure, spec.frames)
            measured = dict(pair for pairs in run(measure, items, workers, bar) for pair in pairs)
        clips = [(path, Clip(clip.name, clip.label, 0, measured[clip.name][0])) for path, clip in videos]
        description = {
            "dataset": spec.dataset,
            "part": spec.part,
            "masks": spec.masks,
            "decoder": DECODER,
            "missing": missing,
            "videos": {clip.name: measured[clip.name][1] for _, clip in videos},
        }
        return write_videos(spec.folder(root), description, clips, spec, workers)
    except BadVideo as error:
        raise UserError(f"{error} Repair the file, or move it away: its clip will be counted as missing.") from error


def _measure(sampled: int, videos: list[tuple[Path, Clip]], tick: Tick) -> list[tuple[str, tuple[int, str]]]:
    """Yield (clip, (frames, SHA-256 of the file)) of each video; refuse what `index` refuses."""
    measured = []
    for path, clip in videos:
        frames = probe(path)[0]
        if is_too_short(frames, sampled):
            raise BadVideo(path, "too short", f"it has {frames} frame{'s' * (frames > 1)} and {sampled} are sampled")
        measured.append((clip.name, (frames, sha256(path))))
        tick()
    return measured
