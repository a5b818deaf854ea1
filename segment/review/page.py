"""The report's HTML and its histograms."""

import io
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from segment.review.flags import FLAGS
from segment.review.measures import ClipMeasures
from xdomain.pages.templates import Templates

TEMPLATES = Templates("segment.review")
LEFT = {"S1": "blurred whole", "S2": "blurred whole", "T": "left whole, the diver unmasked if there is one"}
TRUTH = {
    "box_iou": "box IoU, mean over pairs of boxes",
    "mask_iou": "IoU of the diver pixels",
    "hidden_by_t": "true diver pixels that T hides",
    "kept_by_s1": "true diver pixels that S1 shows",
    "shown_wrongly_by_s1": "pixels shown in S1 that are no diver",
}


def charts(clips: list[ClipMeasures]) -> bytes:
    """Draw a PNG: coverage of the frame, detections per frame, and frames without a diver per clip."""
    hidden = 100 * np.concatenate([clip.hidden for clip in clips])
    divers = 100 * np.concatenate([clip.divers for clip in clips])
    detections = np.bincount([count for clip in clips for count in clip.detections], minlength=4)
    gone = [len(clip.flags["no diver"]) for clip in clips]
    frames = max(len(clip.detections) for clip in clips)

    figure = Figure(figsize=(14, 3.4), layout="constrained")
    coverage, counts, missing = figure.subplots(1, 3)
    edges = np.linspace(0, max(1.0, hidden.max()), 41)
    coverage.hist(hidden, edges, color="#7570b3", label="hidden by T")
    coverage.hist(divers, edges, color="#e7298a", alpha=0.7, label="diver pixels")
    coverage.set(xlabel="% of the frame", ylabel="frames", yscale="log", title="Coverage")
    coverage.legend()
    bars = counts.bar(range(len(detections)), detections, color="#1b9e77")
    counts.bar_label(bars, fmt="{:,.0f}")
    counts.margins(y=0.1)
    counts.set(xlabel="detections in a frame", ylabel="frames", title="Detections", xticks=range(len(detections)))
    missing.hist(gone, np.arange(frames + 2) - 0.5, color="#d95f02")
    missing.set(xlabel=f"frames without a diver, of {frames}", ylabel="clips", title="Divers not found")
    missing.yaxis.set_major_locator(MaxNLocator(integer=True))
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=100, metadata={"Software": None})
    return content.getvalue()


class Shown(NamedTuple):
    """A clip on the page."""

    name: str
    raised: str  # its flags
    picture: str  # an image address, or a sentence instead of one


def page(
    title: str,
    summary: dict[str, Any],
    histograms: str,
    sheets: dict[str, str],
    worst: list[str],
    shown: list[str],
    measured: dict[str, ClipMeasures],
) -> str:
    """Write the HTML; `histograms` is an image address, `sheets` has such or a sentence instead for each clip shown."""
    true = summary.get("against_truth")
    return TEMPLATES.render(
        "page",
        title=f"Masks {title}",
        scripts="",
        summary=summary,
        made=[*summary["masks"].items(), ("sha256 of the masks", summary["masks_sha256"])],
        truth=[(text, _percent(true[key])) for key, text in TRUTH.items()] if true else [],
        untouched=[
            (name, LEFT[name], f"{count:,}", _percent(count / summary["frames"]))
            for name, count in summary["untouched_frames"].items()
        ],
        flags=[
            (flag, FLAGS[flag], f"{count['frames']:,}", f"{count['clips']:,}")
            for flag, count in summary["flags"].items()
        ],
        histograms=histograms,
        worst=[_shown(measured[name], sheets[name]) for name in worst],
        shown=[_shown(measured[name], sheets[name]) for name in shown],
    )


def _shown(clip: ClipMeasures, picture: str) -> Shown:
    raised = ", ".join(f"{flag} in {len(frames)}" for flag, frames in clip.flags.items() if frames)
    return Shown(clip.name, raised, picture)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
