"""One predictions file (one row per clip) as one accuracy, checked before anything is averaged over it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from xdomain.errors import UserError

TOLERANCE = 1e-6  # between the accuracy of the clips and the one that result.json states


@dataclass(frozen=True)
class Claim:
    """What a run's result.json says of one set that it was evaluated on."""

    file: Path  # the set's predictions
    clips: int
    accuracy: float  # in [0, 1]


@dataclass(frozen=True)
class Measured:
    """What the per-clip scores of a set come to."""

    accuracy: float  # in [0, 1]; NaN where a score is NaN or infinite
    nonfinite: tuple[int, ...] = ()  # the clips with such a score


def measured_accuracy(claim: Claim) -> Measured:
    """Share of the file's clips whose highest score is at their label, in [0, 1].

    Scores that are no numbers make no accuracy, whatever result.json says: earlier versions stated one.

    Raises:
        UserError: the file is missing, torn, of other columns, or is not what result.json says.
    """
    clips, labels, scores = _read(claim.file)
    if len(labels) != claim.clips:
        raise unusable(claim.file, f"holds {len(labels)} clips and result.json says {claim.clips}")
    bad = ~np.isfinite(scores).all(axis=1)
    if bad.any():
        return Measured(float("nan"), tuple(clips[bad].tolist()))
    accuracy = float(np.mean(scores.argmax(axis=1) == labels))
    if not abs(accuracy - claim.accuracy) <= TOLERANCE:
        raise unusable(claim.file, f"makes an accuracy of {accuracy:.6f} and result.json says {claim.accuracy:.6f}")
    return Measured(accuracy)


def _read(file: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(N,) clips, (N,) labels and (N, classes) scores."""
    try:
        # Files are small and read by several threads at once: pyarrow's own threads would only wait.
        table = pq.ParquetFile(file).read(use_threads=False)
    except FileNotFoundError:
        raise unusable(file, "is missing") from None
    except (pa.ArrowException, OSError) as error:
        raise unusable(file, f"is cut short or damaged ({str(error).splitlines()[0]})") from error
    names = set(table.column_names)
    scores = [f"score_{k}" for k in range(len(names - {"clip", "label"}))]
    if not scores or names != {"clip", "label", *scores}:
        raise unusable(file, f"has the columns {', '.join(table.column_names)} instead of clip, label, score_0 ...")
    clips = table["clip"].to_numpy()
    if len(set(clips.tolist())) != len(table):
        raise unusable(file, "holds a clip more than once")
    return clips, table["label"].to_numpy(), np.column_stack([table[name].to_numpy() for name in scores])


def unusable(file: Path, why: str) -> UserError:
    """What to say of a predictions file that cannot be used, and what to do."""
    return UserError(
        f"{file} {why}. Remove {file.parent.parent / 'result.json'} and launch the run again: "
        "it is then evaluated anew."
    )
