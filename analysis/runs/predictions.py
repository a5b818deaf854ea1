"""One predictions file (one row per clip) as one accuracy, checked before anything is averaged over it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.runs.agreement import Evaluated
from analysis.runs.parquet import numbers, open_parquet, require_small, require_types, unusable

TOLERANCE = 1e-6  # between the accuracy of the clips and the one that result.json states


@dataclass(frozen=True)
class Claim:
    """What a run's result.json says of one set that it was evaluated on."""

    file: Path  # the set's predictions
    clips: int
    accuracy: float  # in [0, 1]


@dataclass(frozen=True)
class Measured:
    """What a predictions file says of one set."""

    accuracy: float  # share of its clips whose highest score is at their label; NaN where a score is NaN or infinite
    evaluated: Evaluated
    nonfinite: tuple[int, ...] = ()  # the clips with such a score
    predicted: np.ndarray | None = None  # (N,) the class of each clip's highest score; None where one is no number


def measured_accuracy(claim: Claim) -> Measured:
    """Return the accuracy that a file makes, and the clips that it is over.

    Scores that are no numbers make no accuracy, whatever result.json says: earlier versions stated one.

    Raises:
        UserError: the file is missing, damaged, of other columns or types, or is not what result.json says.
    """
    evaluated, scores = _read(claim.file)
    if len(scores) != claim.clips:
        raise unusable(claim.file, f"holds {len(scores)} clips and result.json says {claim.clips}")
    if not len(scores):
        raise unusable(claim.file, "holds no clip")
    labels, classes = evaluated.labels, evaluated.classes
    if labels.min() < 0 or labels.max() >= classes:
        raise unusable(claim.file, f"holds labels outside 0 to {classes - 1}")
    bad = ~np.isfinite(scores).all(axis=1)
    if bad.any():
        return Measured(float("nan"), evaluated, tuple(evaluated.clips[bad].tolist()))
    predicted = scores.argmax(axis=1).astype(np.min_scalar_type(classes))
    accuracy = float(np.mean(predicted == labels))
    if not abs(accuracy - claim.accuracy) <= TOLERANCE:
        raise unusable(claim.file, f"makes an accuracy of {accuracy:.6f} and result.json says {claim.accuracy:.6f}")
    return Measured(accuracy, evaluated, predicted=predicted)


def _read(file: Path) -> tuple[Evaluated, np.ndarray]:
    """Return the clips of a file, and their (N, classes) scores."""
    with open_parquet(file) as parquet:
        columns = parquet.schema_arrow.names
        scores = [f"score_{k}" for k in range(len(columns) - 2)]
        if not scores or sorted(columns) != sorted(["clip", "label", *scores]):
            shown = ", ".join(columns[:6])
            raise unusable(file, f"has the columns {shown} instead of clip, label, score_0 ...")
        require_types(parquet, {"clip": "integer", "label": "integer", **dict.fromkeys(scores, "floating")}, file)
        require_small(parquet, file)
        # Files are small and read by several threads at once: pyarrow's own threads would only wait.
        table = parquet.read(use_threads=False)
        values = {name: numbers(table[name], name, file) for name in columns}
    order = np.argsort(values["clip"], kind="stable")
    clips, labels = values["clip"][order], values["label"][order].astype(np.int64)
    if (clips[1:] == clips[:-1]).any():
        raise unusable(file, "holds a clip more than once")
    evaluated = Evaluated(file, clips, labels, len(scores))
    return evaluated, np.column_stack([values[name][order] for name in scores])
