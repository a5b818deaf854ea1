"""One predictions file of a Diving48 run, checked: what each checkpoint makes of each clip.

A row per checkpoint and clip: epoch, clip, video (its source video), label, score_0 ... (logits).
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from analysis.runs.parquet import names, numbers, open_parquet, require_types, unusable
from analysis.runs.predictions import TOLERANCE

FIXED = ("epoch", "clip", "video", "label")
BATCH = 65_536  # rows read at a time, so that hundreds of kept checkpoints fit the memory


@dataclass(frozen=True)
class Answers:
    """The answers of E checkpoints of one run to N clips; clips sorted by name."""

    clips: np.ndarray  # (N,) str
    videos: np.ndarray  # (N,) str
    labels: np.ndarray  # (N,)
    epochs: tuple[int, ...]  # E, ascending
    predicted: np.ndarray  # (E, N) the class with the highest score
    rank: np.ndarray  # (E, N) how many classes score above the label's; 0 is right, below 5 among the top five
    classes: int

    @cached_property
    def correct(self) -> np.ndarray:
        """(E, N) whether each checkpoint is right."""
        return self.rank == 0

    def rows(self, epochs: list[int]) -> np.ndarray:
        """Return (k, N) answers of some checkpoints."""
        return self.correct[[self.epochs.index(epoch) for epoch in epochs]]

    def without(self, epochs: Collection[int]) -> "Answers":
        """Return the same answers without those of some checkpoints."""
        kept = [number for number, epoch in enumerate(self.epochs) if epoch not in epochs]
        left = tuple(self.epochs[number] for number in kept)
        return replace(self, epochs=left, predicted=self.predicted[kept], rank=self.rank[kept])


Nonfinite = dict[int, list[str]]  # epoch -> the clips with a score that is NaN or infinite, sorted


def read_answers(
    file: Path, checkpoints: dict[int, float], without_accuracy: Collection[int] = ()
) -> tuple[Answers, Nonfinite]:
    """Read a file and check it against the accuracies by epoch that its run's result.json states.

    Epochs with scores that are no numbers are left out of the answers and named beside them, whatever accuracy an
    earlier version stated; `without_accuracy` are those that result.json names itself.

    Raises:
        UserError: the file is missing, truncated, of other columns, incomplete, or not what result.json says.
    """
    classes, (epochs, clips, videos, labels, predicted, rank, finite) = _read(file)
    names, codes = np.unique(clips, return_inverse=True)
    order = np.lexsort((codes, epochs))
    present = tuple(int(epoch) for epoch in np.unique(epochs))
    stated = sorted({*checkpoints, *without_accuracy})
    if list(present) != stated:
        raise unusable(file, f"is of the epochs {_listed(present)} and result.json says {_listed(stated) or 'none'}")
    shape = (len(present), len(names))
    if len(order) != shape[0] * shape[1] or (codes[order].reshape(shape) != np.arange(shape[1])).any():
        raise unusable(file, "does not hold every clip once for every epoch")
    order = order.reshape(shape)
    if (labels[order] != labels[order[0]]).any() or (videos[order] != videos[order[0]]).any():
        raise unusable(file, "gives a clip two labels or two source videos")
    answers = Answers(names, videos[order[0]], labels[order[0]], present, predicted[order], rank[order], classes)
    bad = {epoch: names[~row].tolist() for epoch, row in zip(present, finite[order], strict=True) if not row.all()}
    answers = answers.without(bad)
    for epoch, accuracy in zip(answers.epochs, answers.correct.mean(axis=1), strict=True):
        if epoch not in checkpoints:
            raise unusable(file, f"holds numbers at epoch {epoch}, where result.json says that there are none")
        if not abs(accuracy - checkpoints[epoch]) <= TOLERANCE:
            wanted = f"result.json says {checkpoints[epoch]:.6f}"
            raise unusable(file, f"makes an accuracy of {accuracy:.6f} at epoch {epoch} and {wanted}")
    return answers, bad


def _read(file: Path) -> tuple[int, list[np.ndarray]]:
    """Read how many classes; epochs, clips, videos, labels, predicted, ranks, whether scores are numbers: (rows,)."""
    with open_parquet(file, texts=("clip", "video")) as parquet:
        columns = parquet.schema_arrow.names
        scores = [f"score_{k}" for k in range(len(columns) - len(FIXED))]
        if not scores or sorted(columns) != sorted([*FIXED, *scores]):
            shown = ", ".join(columns[:6]) + ("" if len(columns) <= 6 else " ...")
            raise unusable(file, f"has the columns {shown} instead of {', '.join(FIXED)}, score_0 ...")
        kinds = {"epoch": "integer", "clip": "string", "video": "string", "label": "integer"}
        require_types(parquet, kinds | dict.fromkeys(scores, "floating"), file)
        parts = [_batch(batch, scores, file) for batch in parquet.iter_batches(BATCH, use_threads=False)]
    if not parts:
        raise unusable(file, "holds no clip")
    return len(scores), [np.concatenate(part) for part in zip(*parts, strict=True)]


def _batch(batch: pa.RecordBatch, score_names: list[str], file: Path) -> tuple[np.ndarray, ...]:
    scores = np.column_stack([numbers(batch[name], name, file) for name in score_names])  # (rows, classes)
    labels = numbers(batch["label"], "label", file).astype(int)
    if labels.min(initial=0) < 0 or labels.max(initial=0) >= len(score_names):
        raise unusable(file, f"holds labels outside 0 to {len(score_names) - 1}")
    own = np.take_along_axis(scores, labels[:, None], axis=1)
    # Ties go to the lower class, as argmax has it, so that rank 0 means predicted.
    before = (scores > own) | ((scores == own) & (np.arange(len(score_names)) < labels[:, None]))
    clips, videos = (names(batch[name], name, file) for name in ("clip", "video"))
    epochs = numbers(batch["epoch"], "epoch", file).astype(int)
    predicted, rank = scores.argmax(axis=1).astype(np.int16), before.sum(axis=1).astype(np.int16)
    return epochs, clips, videos, labels, predicted, rank, np.isfinite(scores).all(axis=1)


def _listed(epochs: tuple[int, ...] | list[int]) -> str:
    return ", ".join(map(str, epochs))
