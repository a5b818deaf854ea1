"""How much a ratio hangs on single source videos, and how alike a video's clips are."""

from typing import Any

import numpy as np

from analysis.diving48.entries import Entry
from analysis.diving48.measures import Measures
from analysis.diving48.rows import EXPERIMENT, INTERVALS, MODEL
from analysis.published.tables import RATIOS
from analysis.statistics.heterogeneity import intra_class_correlation, leave_one_out, totals_by_video
from analysis.statistics.ratios import divide
from analysis.table.tables import Column, Estimate, Table, ratio


def heterogeneity(measures: Measures) -> Table:
    """Make the table of leave-one-video-out ranges and intra-video correlations, a row per model and ratio."""
    rows = []
    for entry in measures.matched:
        for name in RATIOS:
            sample = measures.ratio(entry, *name.split("/"))
            if sample.why:
                continue
            row: dict[str, Any] = {"experiment": entry.experiment, "model": entry.role, "ratio": name}
            low, high, video = _without_each(measures, entry, *name.split("/"))
            row["value"] = sample.estimate()
            row["without"] = Estimate(sample.value, low, high, ids=sample.ids)
            row["video"] = video
            row["correlation"] = _correlation(measures, entry, name.partition("/")[0])
            rows.append(row)
    return Table(
        "heterogeneity",
        "Diving48: ratios without each source video, and how alike the clips of one video are",
        (
            EXPERIMENT,
            MODEL,
            Column("ratio", "Ratio"),
            Column("value", "Value [95 %]", ratio),
            Column("without", "Without one video [least, most]", ratio),
            Column("video", "Matters most"),
            Column("correlation", "Intra-video correlation", "{:.2f}".format),
        ),
        tuple(rows),
        (
            "Without one video: the ratio on all clips but those of one source video, of test or validation, at its "
            "least and at its most. Matters most: the video that moves it farthest. A finding that one video can turn "
            "is one about that video.",
            "Intra-video correlation: of being right in the domain above the line (analysis of variance, first seed); "
            "0 where clips of one video are no more alike than those of different ones.",
            INTERVALS,
        ),
        ("experiment", "model"),
    )


def _without_each(measures: Measures, entry: Entry, above: str, below: str) -> tuple[float, float, str]:
    """Find the least and largest ratio without one source video of either side, and the video that moves it most."""
    sides = [_totals(measures, entry, domain) for domain in (above, below)]
    names = np.unique(np.concatenate([videos for videos, _, _ in sides]))
    accuracies = []
    for videos, right, clips in sides:
        accuracy = np.full(len(names), right.sum() / clips.sum())
        accuracy[np.searchsorted(names, videos)] = leave_one_out(right, clips)
        accuracies.append(accuracy)
    without = divide(*accuracies)
    whole = divide(*(right.sum() / clips.sum() for _, right, clips in sides))
    moved = np.abs(without - whole)
    if np.isnan(moved).all():
        return float("nan"), float("nan"), ""
    return float(np.nanmin(without)), float(np.nanmax(without)), str(names[np.nanargmax(moved)])


def _totals(measures: Measures, entry: Entry, domain: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sum by source video, averaged over seeds."""
    sides = list(measures.answers(entry, domain).values())
    same = [correct for answers, correct in sides if len(answers.videos) == len(sides[0][0].videos)]
    return totals_by_video(sides[0][0].videos, np.mean(same, axis=0))


def _correlation(measures: Measures, entry: Entry, domain: str) -> Estimate:
    one = measures.one_seed(entry, (domain,))
    ((answers, correct),) = measures.answers(one, domain).values()
    _, right, clips = totals_by_video(answers.videos, correct.astype(float))
    return Estimate(intra_class_correlation(right, clips), ids=measures.ids(one, domain))
