"""How much hangs on single source videos: leaving each out, and how alike the clips of one video are."""

import numpy as np


def totals_by_video(videos: np.ndarray, correct: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sum by source video: (V,) names, (V,) right clips, which may be a mean over seeds, and (V,) clips."""
    names, codes = np.unique(videos, return_inverse=True)
    return names, np.bincount(codes, correct, len(names)), np.bincount(codes, minlength=len(names))


def leave_one_out(right: np.ndarray, clips: np.ndarray) -> np.ndarray:
    """Compute (V,) accuracies without the clips of each video; NaN where there are no others."""
    left = clips.sum() - clips
    return np.divide(right.sum() - right, left, out=np.full(len(clips), np.nan), where=left > 0)


def intra_class_correlation(right: np.ndarray, clips: np.ndarray) -> float:
    """Estimate the intra-video correlation of being right, from one-way analysis of variance.

    (B − W)/(B + (n₀ − 1)W), where B and W are the mean squares between and within videos and n₀ = (N − Σn²/N)/(V − 1)
    is their size (Donner and Koval 1980). 0: clips of one video are no more alike than others. NaN where every clip is
    right, or none, or no video has two clips.

    Args:
        right: (V,) right clips of each video, whole numbers.
        clips: (V,) its clips.
    """
    total, videos = clips.sum(), len(clips)
    if videos < 2 or total == videos:
        return float("nan")
    rate, mean = right / clips, right.sum() / total
    between = float((clips * (rate - mean) ** 2).sum() / (videos - 1))
    within = float((right * (1 - rate)).sum() / (total - videos))  # Σ n p (1 − p): of ones and zeros
    size = (total - (clips**2).sum() / total) / (videos - 1)
    below = between + (size - 1) * within
    return float((between - within) / below) if below > 0 else float("nan")
