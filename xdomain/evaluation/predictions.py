"""predictions/<name>.parquet: one row per clip (and epoch, where several are judged) with label and class scores."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from xdomain.files import atomic_file


def write_predictions(path: Path, clips: np.ndarray, labels: np.ndarray, scores: np.ndarray) -> float:
    """Write (N,) clip numbers, (N,) labels and (N, classes) logits; return the top-1 accuracy in [0, 1]."""
    columns = {"clip": clips.astype(np.int32), "label": labels.astype(np.int16)}
    columns |= {f"score_{k}": scores[:, k].astype(np.float32) for k in range(scores.shape[1])}
    with atomic_file(path) as file:
        pq.write_table(pa.table(columns), file, write_page_checksum=True)
    return float(np.mean(scores.argmax(axis=1) == labels))


def write_epochs(
    path: Path, names: list[str], videos: list[str], labels: np.ndarray, by_epoch: dict[int, np.ndarray]
) -> dict[str, float]:
    """Write N clips' names, source videos, (N,) labels and each epoch's (N, classes) logits, epoch after epoch.

    Returns each epoch's top-1 accuracy in [0, 1].
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
    return {str(epoch): float(np.mean(made.argmax(axis=1) == labels)) for epoch, made in by_epoch.items()}
