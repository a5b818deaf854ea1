"""The report's HTML and its histograms."""

import io
from html import escape
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from segment.review.flags import FLAGS
from segment.review.measures import ClipMeasures

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1e1e1e; max-width: 1500px; margin: 2em auto; padding: 0 1.5em; }
h2 { margin-top: 2em; border-bottom: 1px solid #ccc; }
h3 { margin: 1.4em 0 .3em; font-size: 1em; }
table { border-collapse: collapse; margin: .8em 0; }
th, td { text-align: left; padding: .15em 1.2em .15em 0; border-bottom: 1px solid #e4e4e4; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
img { max-width: 100%; }
code { background: #f3f3f3; padding: 0 .25em; overflow-wrap: anywhere; }
.alarm { color: #b01c1c; }
"""
# The page asks for nothing and runs nothing, and says so to the browser.
POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
    "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">"
)
LEFT = {"S1": "blurred whole", "S2": "blurred whole", "T": "left whole, the diver unmasked if there is one"}
ROWS = "Row “mask”: diver pixels in pink, boxes in yellow; in blue the boxes beyond the two surest, which only T takes."
TRUTH = {
    "box_iou": "box IoU, mean over pairs of boxes",
    "mask_iou": "IoU of the diver pixels",
    "hidden_by_t": "true diver pixels that T hides",
    "kept_by_s1": "true diver pixels that S1 shows",
    "shown_wrongly_by_s1": "pixels shown in S1 that are no diver",
}


def charts(clips: list[ClipMeasures]) -> bytes:
    """PNG: coverage of the frame, detections per frame, and frames without a diver per clip."""
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


def page(
    title: str,
    summary: dict[str, Any],
    histograms: str,
    sheets: dict[str, str],
    worst: list[str],
    shown: list[str],
    measured: dict[str, ClipMeasures],
) -> str:
    """The HTML. `histograms` is an image address; `sheets` maps clips to such, or to a sentence instead of one."""
    frames = summary["frames"]
    missing = summary["missing"]
    parts = [f"<h1>Masks {escape(title)}</h1>"]
    parts.append(f"<p>{summary['clips']:,} clips, {frames:,} frames, made from:</p>")
    parts.append(_table([("", "")], [(escape(key), f"<code>{escape(str(v))}</code>") for key, v in _made(summary)]))
    if missing:
        rows = [(escape(name), escape(why)) for name, why in missing.items()]
        parts.append(f'<p class="alarm">Test clips without masks: {len(missing):,}</p>')
        parts.append(_table([("clip", ""), ("why", "")], rows))
    else:
        parts.append("<p>No test clip is missing.</p>")
    if truth := summary.get("against_truth"):
        parts.append("<h2>Against the known truth</h2>")
        parts.append(_table([("", ""), ("", "number")], [(text, _percent(truth[key])) for key, text in TRUTH.items()]))

    parts.append("<h2>Frames that a domain leaves as they are</h2>")
    left = [
        (name, LEFT[name], f"{count:,}", _percent(count / frames))
        for name, count in summary["untouched_frames"].items()
    ]
    parts.append(_table([("domain", ""), ("such a frame is", ""), ("frames", "number"), ("share", "number")], left))
    parts.append("<h2>Flags</h2>")
    flags = [
        (flag, escape(FLAGS[flag]), f"{count['frames']:,}", f"{count['clips']:,}")
        for flag, count in summary["flags"].items()
    ]
    parts.append(_table([("flag", ""), ("raised where", ""), ("frames", "number"), ("clips", "number")], flags))
    parts.append(f'<img alt="histograms of coverage, detections and divers not found" src="{histograms}">')

    parts.append("<h2>The most suspicious clips</h2>")
    parts.append(f"<p>{ROWS}</p>" if worst else "<p>There is none.</p>")
    parts += [_clip(measured[name], sheets[name]) for name in worst]
    parts.append(f"<h2>{len(shown)} clips at random</h2>\n<p>{ROWS}</p>")
    parts += [_clip(measured[name], sheets[name]) for name in shown]
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n{POLICY}\n'
        f"<title>Masks {escape(title)}</title>\n"
        f"<style>{STYLE}</style></head><body>\n{body}\n</body></html>\n"
    )


def _made(summary: dict[str, Any]) -> list[tuple[str, Any]]:
    return [*summary["masks"].items(), ("sha256 of the masks", summary["masks_sha256"])]


def _clip(clip: ClipMeasures, picture: str) -> str:
    raised = ", ".join(f"{flag} in {len(frames)}" for flag, frames in clip.flags.items() if frames)
    heading = f"<h3>{escape(clip.name)} <span class='alarm'>{escape(raised)}</span></h3>"
    if not picture.startswith("data:"):
        return f"{heading}\n<p>{escape(picture)}</p>"
    return f'{heading}\n<img alt="frames of {escape(clip.name)} and their domains" src="{picture}">'


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _table(columns: list[tuple[str, str]], rows: list[tuple[str, ...]]) -> str:
    """`columns` are (heading, CSS class); cells are HTML already."""
    head = "".join(f'<th class="{kind}">{heading}</th>' for heading, kind in columns)
    head = f"<tr>{head}</tr>\n" if any(heading for heading, _ in columns) else ""
    lines = []
    for row in rows:
        padded = [*columns, *[("", "")] * (len(row) - len(columns))]
        lines.append("".join(f'<td class="{kind}">{cell}</td>' for cell, (_, kind) in zip(row, padded, strict=True)))
    return f"<table>\n{head}" + "\n".join(f"<tr>{line}</tr>" for line in lines) + "\n</table>"
