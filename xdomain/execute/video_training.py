"""A training on an archive of videos: keep the epochs near every level, evaluate each on the validation clips (3.3)."""

import time
from typing import Any

import numpy as np

from xdomain.datasets.clip_cache.clips import open_clips
from xdomain.evaluation.checkpoints import evaluate_checkpoints
from xdomain.evaluation.predictions import nonfinite_fields
from xdomain.runs.run_folder import VALIDATION, RunFolder
from xdomain.specs.spec import RunSpec
from xdomain.training.fit import fit
from xdomain.training.matching import kept_checkpoints
from xdomain.training.video_data import VideoData


def work(spec: RunSpec, folder: RunFolder, tracker: str | None, result: dict[str, Any]) -> None:
    """Train and evaluate; adds to `result` what is known, the data even if the training then diverges.

    `checkpoints` has the validation accuracy of every epoch whose weights are kept, the best and the last among them;
    an epoch whose scores are NaN or infinite has none and is named under `nonfinite`.
    """
    clips = open_clips(spec.clip_cache)
    data = VideoData(clips, spec)
    counts = np.bincount(np.asarray(clips.labels)[data.train_places], minlength=clips.classes)
    extra = {"frames_lacking": clips.info["frames_lacking"]} if "frames_lacking" in clips.info else {}
    described = {**clips.made_from, "class_counts": counts.tolist(), **extra}
    result["data"] = {spec.clip_cache.name: described}
    result["split"] = {"kind": spec.split, "left_out": data.left_out}
    trained = fit(spec, folder, data, tracker, result["data"])
    clock = time.monotonic()
    outcomes = evaluate_checkpoints(
        trained.module, trained.trainer, kept_checkpoints(folder.checkpoints), clips, data.val_places,
        spec.train.batch_size, folder.predictions_file(VALIDATION), result["data"],
    )  # fmt: skip
    accuracies = {str(epoch): outcome.accuracy for epoch, outcome in outcomes.items() if not outcome.nonfinite}
    best = str(trained.best_epoch)
    result |= {
        "checkpoints": accuracies,
        "accuracy": {VALIDATION: accuracies[best]} if best in accuracies else {},
        "clips": {VALIDATION: len(data.val_places), "train": len(data.train_places)},
        "parameters": trained.parameters,
        "best_epoch": trained.best_epoch,
        "epochs": trained.epochs,
        "seconds": {"train": trained.seconds, "evaluate": round(time.monotonic() - clock, 1)},
        **nonfinite_fields({(VALIDATION, epoch): outcome for epoch, outcome in outcomes.items()}),
    }
