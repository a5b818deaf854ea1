"""A training on an archive of videos: keep the epochs near every level, evaluate each on the validation clips (3.3)."""

import time

import numpy as np

from xdomain.datasets.clip_cache.choose import open_clips
from xdomain.evaluation.checkpoints import evaluate_checkpoints
from xdomain.evaluation.predictions import nonfinite_fields
from xdomain.runs.run_folder import VALIDATION, RunFolder
from xdomain.schema.result import Measurements, SeenData, Split
from xdomain.specs.videos import VideoTraining
from xdomain.training.fit import fit
from xdomain.training.matching import kept_checkpoints
from xdomain.training.module import Diverged
from xdomain.training.video_data import VideoData


def train(spec: VideoTraining, folder: RunFolder, tracker: str | None) -> Measurements:
    """Train and evaluate. Data and split are known even if the training then diverges.

    `checkpoints` has the validation accuracy of every epoch whose weights are kept, the best and the last among them;
    an epoch whose scores are NaN or infinite has none and is named under `nonfinite`.
    """
    clips = open_clips(spec.clip_cache)
    data = VideoData(clips, spec)
    counts = np.bincount(np.asarray(clips.labels)[data.train_places], minlength=clips.classes)
    extra = {"frames_lacking": clips.info["frames_lacking"]} if "frames_lacking" in clips.info else {}
    described = {**clips.made_from, "class_counts": counts.tolist(), **extra}
    seen = {spec.clip_cache.name: described}
    known = {name: SeenData(**values) for name, values in seen.items()}
    split = Split(kind=spec.split, left_out=data.left_out)
    try:
        trained = fit(spec, folder, data, tracker, seen)
    except Diverged as error:
        return Measurements.diverged(error.epoch, known, split)
    clock = time.monotonic()
    outcomes = evaluate_checkpoints(
        trained.module, trained.trainer, kept_checkpoints(folder.checkpoints), clips, data.val_places,
        spec.train.batch_size, folder.predictions_file(VALIDATION), seen,
    )  # fmt: skip
    accuracies = {str(epoch): outcome.accuracy for epoch, outcome in outcomes.items() if outcome.accuracy is not None}
    best = str(trained.best_epoch)
    return Measurements(
        data=known,
        split=split,
        checkpoints=accuracies,
        accuracy={VALIDATION: accuracies[best]} if best in accuracies else {},
        clips={VALIDATION: len(data.val_places), "train": len(data.train_places)},
        parameters=trained.parameters,
        best_epoch=trained.best_epoch,
        epochs=trained.epochs,
        seconds={"train": trained.seconds, "evaluate": round(time.monotonic() - clock, 1)},
        **nonfinite_fields({(VALIDATION, epoch): outcome for epoch, outcome in outcomes.items()}),
    )
