"""Check every video that the listings name, by decoding it to its end: `python -m xdomain index diving48`.

Left out, because no clip of the listed frames can be made of them:

    missing           no such file
    undecodable       not a video (empty, other content), cut off, or damaged so that the decoder notices
    no video stream   sound only, or a cover
    unshowable        its display matrix is neither a turn by 90° or 180° nor a mirror
    too few frames    it ends more than a few frames before its listed end, five unless another number is given
    too short         fewer than 16 listed frames, half of the 32 that are sampled

Only warned of: ends early (by at most those few frames: its last one stands for those beyond), fewer than 32 listed
frames (some are sampled twice), rotated (turned or mirrored, as clips then are too), odd-sized, in both listings, and
videos that no listing names.
"""

import dataclasses
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from xdomain.core.files import write_json, write_text
from xdomain.core.workers import Tick, run
from xdomain.datasets.diving48.display import Display
from xdomain.datasets.diving48.listing import FRAMES_LACKING, is_described, leave_out_path, read_listing, video_folder
from xdomain.datasets.diving48.video import BadVideo, is_too_short, probe, require_enough
from xdomain.datasets.layouts.clip import PARTS, Clip

SAMPLED = 32  # frames of a clip (paper section 3.3)
SHOWN = 5  # clips of each kind that a summary names
CHUNK = 32  # clips handed to a worker at once

Finding = dict[str, Any]  # clip, part, problem (None if usable), detail, warnings, size, lacking (frames)


def check_clip(videos: Path, clip: Clip, allowed: int = FRAMES_LACKING) -> Finding:
    """Report on one listed clip, which may lack `allowed` frames; decodes its video to the end.

    A listing that does not say where clips end means all of their videos; `frames` then says how many those are.
    """
    finding: Finding = {"clip": clip.name, "problem": None, "detail": None, "warnings": [], "size": None, "lacking": 0}
    path = clip.path(videos)
    try:
        frames, (height, width), display = probe(path)
        if clip.is_all_of_its_video:
            clip, finding["frames"] = dataclasses.replace(clip, end_frame=frames), frames
        require_enough(path, clip, frames, allowed)
    except BadVideo as error:
        return finding | {"problem": error.problem, "detail": error.detail}
    listed = clip.end_frame - clip.start_frame
    if is_too_short(listed, SAMPLED):
        return finding | {"problem": "too short", "detail": f"{listed} listed frames"}
    lacking = max(0, clip.end_frame - frames)
    noted = {
        "ends early": lacking > 0,
        f"fewer than {SAMPLED} frames": listed < SAMPLED,
        "rotated": display != Display(),
        "odd-sized": height % 2 or width % 2,
    }
    return (
        finding
        | {"warnings": [kind for kind, holds in noted.items() if holds], "size": f"{height}x{width}"}
        | {"lacking": lacking}
    )


def _check_chunk(videos: Path, allowed: int, clips: list[Clip], tick: Tick) -> list[Finding]:
    findings = []
    for clip in clips:
        findings.append(check_clip(videos, clip, allowed))
        tick()
    return findings


def index(root: Path, workers: int = 1, allowed: int = FRAMES_LACKING) -> dict[str, Any]:
    """Check all clips of both listings; writes `index.json` and `leave-out.txt` into the dataset's folder `root`.

    A video may end `allowed` frames before its listed end; whatever decodes the dataset from then on holds to that.
    Returns the report, which is index.json's content. It does not depend on an earlier leave-out.txt.

    Raises:
        UserError: a listing is missing or wrong, or no space is left.
    """
    listings = {part: read_listing(root, part, everything=True) for part in PARTS}
    part_of: dict[str, list[str]] = {}
    for part, clips in listings.items():
        for clip in clips:
            part_of.setdefault(clip.name, []).append(part)
    clips = [clip for listing in listings.values() for clip in listing]
    chunks = [clips[start : start + CHUNK] for start in range(0, len(clips), CHUNK)]
    found: dict[str, list[Finding]] = {}
    with tqdm(total=len(clips), desc=f"checking {root.name}", unit="clip", disable=None) as bar:
        for findings in run(partial(_check_chunk, video_folder(root), allowed), chunks, workers, bar):
            for finding in findings:
                found.setdefault(finding["clip"], []).append(finding)
    worst = [max(found[name], key=_gravity) for name in part_of]
    report = _report(root, listings, part_of, worst) | {"frames_lacking": allowed}
    write_json(root / "index.json", report)
    left_out = [entry["clip"] for entries in report["left_out"].values() for entry in entries]
    write_text(leave_out_path(root), "".join(f"{name}\n" for name in left_out))
    return report


def _gravity(finding: Finding) -> tuple[Any, ...]:
    """Order the findings of a clip in both listings, where other frames may be listed, whichever was checked first."""
    return finding["problem"] or "", finding["lacking"], finding["warnings"], finding["detail"] or ""


def _report(
    root: Path, listings: dict[str, list[Clip]], part_of: dict[str, list[str]], findings: list[Finding]
) -> dict[str, Any]:
    left_out: dict[str, list[dict[str, Any]]] = {}
    warnings: dict[str, list[str]] = {}
    for finding in findings:
        name = finding["clip"]
        if finding["problem"]:
            entry = {"clip": name, "part": " and ".join(part_of[name]), "detail": finding["detail"]}
            left_out.setdefault(finding["problem"], []).append(entry)
        for kind in finding["warnings"]:
            warnings.setdefault(kind, []).append(name)
    if twice := [name for name, parts in part_of.items() if len(parts) > 1]:
        warnings["in both listings"] = twice
    unlisted = sorted(path.name for path in _videos(root / "rgb") if path.suffix != ".mp4" or path.stem not in part_of)
    if unlisted and not is_described(root):  # videos in place belong to others, who may have more of them
        warnings["not listed"] = unlisted
    bad = {entry["clip"] for entries in left_out.values() for entry in entries}
    return {
        "listed": {part: len(clips) for part, clips in listings.items()},
        "usable": {part: sum(clip.name not in bad for clip in clips) for part, clips in listings.items()},
        "left_out": left_out,
        "warnings": warnings,
        "lacking": {finding["clip"]: finding["lacking"] for finding in findings if finding["lacking"]},
        "frames": {finding["clip"]: finding["frames"] for finding in findings if "frames" in finding},
        "sizes": dict(Counter(finding["size"] for finding in findings if finding["size"]).most_common()),
    }


def _videos(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*") if path.suffix.lower() == ".mp4"]


def summary(report: dict[str, Any]) -> str:
    """Write the report for people: counts, and the first clips of each kind."""
    lines = [
        f"{part}: {report['usable'][part]:,} of {listed:,} listed clips can be used"
        for part, listed in report["listed"].items()
    ]
    for problem, entries in report["left_out"].items():
        lines.append(f"left out, {problem}: {len(entries):,}")
        lines += [f"  {entry['clip']} ({entry['part']}): {entry['detail']}" for entry in entries[:SHOWN]]
        lines += ["  …"] * (len(entries) > SHOWN)
    for kind, names in report["warnings"].items():
        lines.append(f"warning, {kind}: {len(names):,} ({', '.join(names[:SHOWN])}{', …' * (len(names) > SHOWN)})")
    return "\n".join(lines)
