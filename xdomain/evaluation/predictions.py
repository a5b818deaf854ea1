"""predictions/<name>.parquet: one row per clip with its label and its class scores."""

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
        pq.write_table(pa.table(columns), file)
    return float(np.mean(scores.argmax(axis=1) == labels))
