"""The page that a mask set is evaluated by; it replaces the authors' look at 100 videos (paper, appendix).

index.html      contact sheets, histograms and counts, in one file that can be sent
clips.csv       every clip's counts
summary.json    the totals
"""

import base64
import csv
import dataclasses
import io
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from segment.masks.agreement import agreement
from segment.masks.clip_masks import HEIGHT, WIDTH
from segment.masks.identity import require_frames, require_same_frames
from segment.masks.mask_set import MaskSet, open_masks
from segment.masks.truth import NAME as TRUTH
from segment.review.flags import FLAGS
from segment.review.measures import ClipMeasures, counted, measure
from segment.review.page import charts, page
from segment.review.sheets import chosen_frames, sheet
from xdomain.core.errors import UserError
from xdomain.core.files import write_json, write_text
from xdomain.datasets.diving48.listing import frames_lacking, read_listing, video_folder
from xdomain.datasets.diving48.video import BadVideo, read_clip
from xdomain.datasets.layouts.clip import Clip

RANDOM_CLIPS, WORST_CLIPS = 12, 12  # shown


def write_report(dataset: Path, masks_name: str, out: Path) -> Path:
    """Write the report on `dataset`/masks/`masks_name` into the folder `out`; returns index.html.

    Raises:
        UserError: there is no such mask set, it has no test clip of the data set, or is of other frames than listed.
    """
    listed = {clip.name: clip for clip in read_listing(dataset, "test")}
    masks = open_masks(dataset / "masks" / masks_name)
    names = [name for name in masks if name in listed]
    if not names:
        raise UserError(f"{masks.folder} has no masks of a test clip of {dataset}. Name another mask set with --masks.")
    require_frames(masks, listed.values())
    domains = counted(masks.boxes_only)
    measured = {name: measure(masks[name], domains) for name in tqdm(names, "masks", unit="clip", disable=None)}
    summary = _summary(masks, measured, masks.missing(listed))
    truth = dataset / "masks" / TRUTH
    if masks_name != TRUTH and truth.exists():
        true = open_masks(truth, names)
        require_same_frames(masks, true)
        summary["against_truth"] = dataclasses.asdict(agreement(names, masks, true, not masks.boxes_only))

    shown = sorted(names, key=lambda name: sha256(name.encode()).digest())[:RANDOM_CLIPS]
    ranked = sorted(names, key=lambda name: (-len(measured[name].suspicious), name))
    worst = [name for name in ranked[:WORST_CLIPS] if measured[name].suspicious]
    sheets = {
        name: _sheet(dataset, listed[name], masks, measured[name])
        for name in tqdm(dict.fromkeys([*worst, *shown]), "contact sheets", unit="clip", disable=None)
    }
    write_text(out / "clips.csv", _csv(measured, domains))
    write_json(out / "summary.json", summary)
    histograms = _embedded("png", charts(list(measured.values())))
    title = f"{dataset.name}: {masks_name}"
    write_text(out / "index.html", page(title, summary, histograms, sheets, worst, shown, measured))
    return out / "index.html"


def _summary(masks: MaskSet, measured: dict[str, ClipMeasures], missing: dict[str, str]) -> dict[str, Any]:
    clips = measured.values()
    return {
        "masks": masks.info,
        "masks_sha256": masks.sha256,
        "clips": len(clips),
        "frames": sum(len(clip.detections) for clip in clips),
        "missing": missing,
        "flags": {
            flag: {
                "frames": sum(len(clip.flags[flag]) for clip in clips),
                "clips": sum(bool(clip.flags[flag]) for clip in clips),
            }
            for flag in FLAGS
        },
        "untouched_frames": {name: sum(clip.untouched[name] for clip in clips) for name in counted(masks.boxes_only)},
        "frames_by_detections": np.bincount([count for clip in clips for count in clip.detections]).tolist(),
        "mean_share_of_divers": float(np.mean([clip.divers.mean() for clip in clips])),
        "mean_share_hidden_by_t": float(np.mean([clip.hidden.mean() for clip in clips])),
    }


def _sheet(dataset: Path, clip: Clip, masks: MaskSet, measured: ClipMeasures) -> str:
    """Make the clip's contact sheet as an image address, or say why it has none."""
    clip_masks = masks[clip.name]
    try:
        path = clip.path(video_folder(dataset))
        frames = read_clip(path, clip, len(clip_masks.masks), (HEIGHT, WIDTH), frames_lacking(dataset))
    except BadVideo as error:
        return f"The video cannot be shown: {error}"
    picture = sheet(
        frames,
        clip_masks,
        chosen_frames(len(frames), measured.suspicious),
        measured.flags,
        counted(masks.boxes_only),
    )
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=82)
    return _embedded("jpeg", content.getvalue())


def _embedded(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _csv(measured: dict[str, ClipMeasures], domains: tuple[str, ...]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    left = [f"{name} untouched" for name in domains]
    writer.writerow(["clip", "frames", *FLAGS, *left, "detections", "share of divers", "share hidden by T"])
    for name, clip in measured.items():
        counts = [len(clip.flags[flag]) for flag in FLAGS] + [clip.untouched[domain] for domain in domains]
        shares = [f"{clip.divers.mean():.5f}", f"{clip.hidden.mean():.5f}"]
        writer.writerow([name, len(clip.detections), *counts, sum(clip.detections), *shares])
    return text.getvalue()
