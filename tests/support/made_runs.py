"""A runs folder made by hand, with predictions of a chosen number of right clips."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from xdomain.core.roots import runs_root
from xdomain.runs.run_folder import RESULT_FORMAT, RunFolder
from xdomain.specs.spec import RunSpec
from xdomain.studies import temporal_shape

CLIPS = 10  # in every set, so that an accuracy is a number of tenths


def demo(source: str, model: str, hidden: int, seed: int) -> RunSpec:
    """A run of the study `ts-demo`, whose grid is what the test makes."""
    return dataclasses.replace(temporal_shape.run(source, model, hidden, seed), variant="demo")


def right_2dot(v: int, held_out: int, near: int, middle: int = 4, far: int = 2) -> dict[str, int]:
    """Right clips of a run trained on 2dot, in the order of the figures' axis."""
    return {"validation": v, "2dot": held_out, "5dot": near, "mnist": middle, "mnist-bg": far}


def predictions_of(labels: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(N,) predictions: the label where `right` says so, else the class beside it."""
    return np.where(right, labels, (labels + 1) % 5)


def write_predictions(file: Path, right: int | np.ndarray, clips: int = CLIPS) -> None:
    """The first `right` clips, or those of a mask, have their highest score at their label, the others beside it."""
    labels = np.arange(clips) % 5
    predicted = predictions_of(labels, right if isinstance(right, np.ndarray) else np.arange(clips) < right)
    columns = {"clip": np.arange(clips), "label": labels}
    columns |= {f"score_{k}": (predicted == k).astype(np.float32) for k in range(5)}
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), file)


def write_run(spec: RunSpec, right: dict[str, int], clips: int = CLIPS, **changes) -> RunFolder:
    """A finished run with `right` clips of "validation" and of each target; `changes` go to its result."""
    folder = RunFolder.of(spec)
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.write_spec(spec)
    for name, number in right.items():
        write_predictions(folder.predictions_file(name), number, clips)
    result = {
        "format": RESULT_FORMAT,
        "id": spec.id,
        "status": "finished",
        "accuracy": {name: number / clips for name, number in right.items()},
        "clips": dict.fromkeys(right, clips),
        "parameters": 1573,
        "provenance": {"code_version": "c0de", "image_digest": None, "device": "a GPU"},
        "data": {name: {"sha256": f"digest of {name}"} for name in spec.targets},
    }
    folder.result_file.write_text(json.dumps(result | changes))
    return folder


def write_diverged(spec: RunSpec) -> RunFolder:
    """A run that diverged: a result without accuracies and no predictions."""
    folder = write_run(spec, {}, status="diverged")
    result = json.loads(folder.result_file.read_text())
    del result["parameters"]
    folder.result_file.write_text(json.dumps(result))
    return folder


def write_manifest(study_key: str, specs: list[RunSpec]) -> None:
    """A launch of `specs`."""
    path = runs_root() / study_key / "launches" / "20250102-030405" / "manifest.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"study_key": study_key, "runs": [spec.to_dict() for spec in specs]}))


def write_demo() -> None:
    """`ts-demo`: a 3D CNN at two sizes with three seeds; of h = 4 one run diverged and one is missing."""
    write_run(demo("2dot", "3dcnn", 2, 42), right_2dot(5, 5, 4))
    write_run(demo("2dot", "3dcnn", 2, 61), right_2dot(8, 5, 4))
    write_run(demo("2dot", "3dcnn", 2, 47), right_2dot(5, 4, 2))
    write_run(demo("2dot", "3dcnn", 4, 42), right_2dot(10, 10, 8), parameters=3573)
    write_diverged(demo("2dot", "3dcnn", 4, 61))
    write_manifest("ts-demo", [demo("2dot", "3dcnn", 4, seed) for seed in (42, 61, 47)])
