"""Write predictions/<name>.parquet: a row per clip (and epoch, where several are evaluated), with label and scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from xdomain.core.files import atomic_file
from xdomain.runs.run_folder import NONFINITE


@dataclass(frozen=True)
class Outcome:
    """What a model's scores of a set of clips come to."""

    accuracy: float | None  # top-1, in [0, 1]; None where a score is NaN or infinite, since argmax then means nothing
    nonfinite: tuple[int | str, ...] = ()  # the clips with such a score, as the predictions file names them


def outcome(clips: Sequence[int | str], labels: np.ndarray, scores: np.ndarray) -> Outcome:
    """Evaluate (N, classes) logits of N clips with (N,) labels."""
    bad = np.flatnonzero(~np.isfinite(scores).all(axis=1))
    if len(bad):
        return Outcome(None, tuple(clips[row] for row in bad.tolist()))
    return Outcome(float(np.mean(scores.argmax(axis=1) == labels)))


def nonfinite_fields(outcomes: dict[tuple[str, int | None], Outcome]) -> dict[str, Any]:
    """Return the fields of a result that say where scores are no numbers; empty where all of them are.

    `outcomes` is by set and epoch; the epoch is None where only one is evaluated.
    """
    entries = [
        {"set": name, **({} if epoch is None else {"epoch": epoch}), "clip": result.nonfinite[0]}
        | {"clips": len(result.nonfinite)}
        for (name, epoch), result in outcomes.items()
        if result.nonfinite
    ]
    return {"status": NONFINITE, "nonfinite": entries} if entries else {}


def write_predictions(path: Path, clips: np.ndarray, labels: np.ndarray, scores: np.ndarray) -> Outcome:
    """Write (N,) clip numbers, (N,) labels and (N, classes) logits, finite or not; return what they come to."""
    columns = {"clip": clips.astype(np.int32), "label": labels.astype(np.int16)}
    columns |= {f"score_{k}": scores[:, k].astype(np.float32) for k in range(scores.shape[1])}
    with atomic_file(path) as file:
        pq.write_table(pa.table(columns), file, write_page_checksum=True)
    return outcome(clips.tolist(), labels, scores)


def write_epochs(
    path: Path, names: list[str], videos: list[str], labels: np.ndarray, by_epoch: dict[int, np.ndarray]
) -> dict[int, Outcome]:
    """Write N clips' names, source videos, (N,) labels and each epoch's (N, classes) logits, epoch after epoch.

    Returns what each epoch's scores come to: one epoch without numbers leaves the others as they are.
    """
    scores = np.concatenate(list(by_epoch.values()))
    times = len(by_epoch)
    columns = {
        "epoch": np.repeat(np.array(list(by_epoch), dtype=np.int32), len(names)),
        "clip": pa.array(names * times).dictionary_encode(),
        "video": pa.array(videos * times).dictionary_encode(),
        "label": np.tile(labels.astype(np.int16), times),
    }
    columns |= {f"score_{k}": scores[:, k].astype(np.float32) for k in range(scores.shape[1])}
    with atomic_file(path) as file:
        pq.write_table(pa.table(columns), file, write_page_checksum=True)
    return {epoch: outcome(names, labels, logits) for epoch, logits in by_epoch.items()}
