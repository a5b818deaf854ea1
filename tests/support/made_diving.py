"""A Diving48 study's run folders made by hand: clips of source videos, with a chosen number of right answers."""

import json
import zlib
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.table.tables import Table
from xdomain.runs.run_folder import RESULT_FORMAT, RunFolder
from xdomain.specs.spec import RunSpec
from xdomain.studies import diving48

CLASSES = 48
VALIDATION_CLIPS, TEST_CLIPS = 200, 240
CLIPS_A_VIDEO = 10
LEVELS = (0.30, 0.35, 0.385, 0.40, 0.45, 0.50)  # 0.385 is within half a point of 38.3 %
KEPT = dict(enumerate(LEVELS, start=3))  # validation accuracy by epoch
FACTORS = {"O": 0.9, "I": 0.8, "S1": 0.4, "S2": 0.5, "T": 0.3}  # test accuracy ÷ validation accuracy


def clips(side: str, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(N,) names, source videos and labels; every class has clips."""
    videos = np.array([f"{side}_{i // CLIPS_A_VIDEO:02}" for i in range(count)])
    names = np.array([f"{video}_{i:05}" for i, video in enumerate(videos)])
    return names, videos, np.arange(count) % CLASSES


def right_answers(count: int, accuracy: float, seed: int) -> np.ndarray:
    """(N,) bool with round(accuracy · N) right, which ones by chance."""
    right = np.zeros(count, bool)
    right[np.random.default_rng(seed).permutation(count)[: round(accuracy * count)]] = True
    return right


def write_answers(file, names, videos, labels, right: dict[int, np.ndarray], seed: int = 0, predicted=None) -> None:
    """One row per epoch and clip; a wrong clip is taken for the next class, or as `predicted` by epoch says.

    The other scores are noise below.
    """
    rng = np.random.default_rng(seed)
    parts = []
    for epoch, correct in right.items():
        scores = rng.random((len(labels), CLASSES)).astype(np.float32)
        taken_for = np.where(correct, labels, (labels + 1) % CLASSES) if predicted is None else predicted[epoch]
        scores[np.arange(len(labels)), taken_for] = 2
        columns = {"epoch": np.full(len(labels), epoch, np.int32), "clip": names, "video": videos, "label": labels}
        parts.append(pa.table(columns | {f"score_{k}": scores[:, k] for k in range(CLASSES)}))
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.concat_tables(parts), file)


def write_result(spec: RunSpec, right: dict[int, np.ndarray], **changes) -> RunFolder:
    """spec.json and result.json of a finished run."""
    folder = RunFolder.of(spec)
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.write_spec(spec)
    result = {
        "format": RESULT_FORMAT,
        "id": spec.id,
        "status": "finished",
        "checkpoints": {str(epoch): float(correct.mean()) for epoch, correct in right.items()},
        "provenance": {"code_version": "c0de", "image_digest": None, "device": "a GPU"},
        "data": {getattr(spec, "evaluates", "train"): {"sha256": "digest"}},
    }
    folder.result_file.write_text(json.dumps(result | changes))
    return folder


def training(model: str, split: str = "random", seed: int = 42, variant: str = "demo") -> RunSpec:
    """A training of the study `diving48-demo`."""
    return replace(diving48.training(model, split, seed), variant=variant)


def luck(spec: RunSpec) -> int:
    """A seed of each training's own."""
    return zlib.crc32(spec.training.id.encode()) // 2


def write_training(spec: RunSpec, kept: dict[int, float] | None = None, **changes) -> RunFolder:
    """A finished training that kept checkpoints of these validation accuracies."""
    names, videos, labels = clips("v", VALIDATION_CLIPS)
    right = {epoch: right_answers(len(names), level, luck(spec) + epoch) for epoch, level in (kept or KEPT).items()}
    folder = write_result(spec, right, **{"parameters": 1234} | changes)
    write_answers(folder.predictions_file("validation"), names, videos, labels, right)
    return folder


def write_evaluation(
    spec: RunSpec, domain: str, factor: float, kept: dict[int, float] | None = None, test_clips: int = TEST_CLIPS
) -> RunFolder:
    """An evaluation of the training's checkpoints; their accuracy is `factor` × that on the validation clips."""
    spec = spec.evaluation(domain)
    names, videos, labels = clips("t", test_clips)
    # The same permutation in every domain: what is right in a harder one is right in an easier one.
    right = {
        epoch: right_answers(len(names), factor * level, luck(spec) + epoch) for epoch, level in (kept or KEPT).items()
    }
    folder = write_result(spec, right)
    write_answers(folder.predictions_file(domain), names, videos, labels, right, seed=len(domain))
    return folder


def write_study(models: tuple[str, ...] | None = None, variant: str = "demo", **factors: float) -> None:
    """Trainings of the experiments' models, each evaluated on O, I′, S1, S2 and T."""
    for model in models or diving48.models_of("abcdefgh"):
        spec = training(model, variant=variant)
        write_training(spec)
        for domain, factor in (FACTORS | factors).items():
            write_evaluation(spec, domain, factor)


def row_of(table: Table, **where) -> dict:
    """The one row of a table with these values."""
    (row,) = [row for row in table.rows if all(row[key] == value for key, value in where.items())]
    return row
