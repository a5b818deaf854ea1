"""An evaluation: every kept epoch of a finished training on one domain (paper section 3.3)."""

import time
from typing import Any

import numpy as np

from xdomain.core.errors import UserError
from xdomain.core.files import read_json, sha256
from xdomain.datasets.clip_cache.choose import open_clips
from xdomain.evaluation.checkpoints import evaluate_checkpoints
from xdomain.evaluation.predictions import nonfinite_fields
from xdomain.runs.run_folder import DIVERGED, RunFolder
from xdomain.schema.result import EvaluatedTraining, Measurements, RunResult, SeenData
from xdomain.specs.read import read_spec
from xdomain.specs.videos import VideoEvaluation
from xdomain.training.data import ClipShape
from xdomain.training.fit import classifier
from xdomain.training.matching import kept_checkpoints
from xdomain.training.trainer import compute, make_trainer, seed_everything_for
from xdomain.training.video_data import prepare


def evaluate(spec: VideoEvaluation, folder: RunFolder) -> Measurements:
    """Evaluate the training's checkpoints on `spec.evaluates`.

    Raises:
        UserError: the training has not finished, was of other clips or another model, or lost its checkpoints.
    """
    trained = _finished_training(spec)
    clips = open_clips(spec.clip_cache)
    hardware = compute()
    seed_everything_for(spec, hardware)
    data = spec.data
    module = classifier(spec, ClipShape(data.frames, data.side, channels=3, classes=clips.classes), prepare)
    of_training = trained.read_result()
    trained_on = {name: seen.model_dump(exclude_unset=True) for name, seen in of_training.data.items()}
    trainer = make_trainer(spec, folder, hardware, None, trained_on)
    places = np.arange(len(clips.names))
    files = kept_checkpoints(trained.checkpoints)
    clock = time.monotonic()
    outcomes = evaluate_checkpoints(
        module,
        trainer,
        files,
        clips,
        places,
        spec.train.batch_size,
        folder.predictions_file(spec.evaluates),
        trained_on,
    )
    expected = _kept_epochs(of_training)
    if trainer.is_global_zero and list(outcomes) != expected:
        there, named = (", ".join(map(str, epochs)) for epochs in (outcomes, expected))
        raise UserError(
            f"{trained.checkpoints} has the epochs {there} where its result names {named}. "
            "Put the files back, or train again."
        )
    counts = np.bincount(np.asarray(clips.labels), minlength=clips.classes).tolist()
    extra: dict[str, Any] = {
        key: clips.info[key] for key in ("missing", "untouched_frames", "frames_lacking") if key in clips.info
    }
    return Measurements(
        data={spec.clip_cache.name: SeenData(**clips.made_from, class_counts=counts, **extra)},
        checkpoints={str(epoch): made.accuracy for epoch, made in outcomes.items() if made.accuracy is not None},
        clips={spec.evaluates: len(places)},
        training=EvaluatedTraining(id=spec.training.id, result_sha256=sha256(trained.result_file)),
        seconds={"evaluate": round(time.monotonic() - clock, 1)},
        **nonfinite_fields({(spec.evaluates, epoch): outcome for epoch, outcome in outcomes.items()}),
    )


def _kept_epochs(result: RunResult) -> list[int]:
    """List the epochs whose weights a training kept, by its result: those without an accuracy too."""
    ruined = (entry.epoch for entry in result.nonfinite or () if entry.epoch is not None)
    return sorted([*map(int, result.checkpoints), *ruined])


def _finished_training(spec: VideoEvaluation) -> RunFolder:
    folder = RunFolder.of(spec.training)
    if not folder.is_finished():
        raise UserError(
            f"The training {spec.training.id} has not finished, so there is nothing to evaluate yet. "
            "Launch it first, or wait for it (--after afterok:last)."
        )
    if folder.read_result().status == DIVERGED:
        raise UserError(f"The training {spec.training.id} diverged: it has no weights to evaluate.")
    theirs = read_spec(read_json(folder.spec_file))
    same = ("dataset", "frames", "side")
    if differing := [name for name in same if getattr(theirs.data, name) != getattr(spec.data, name)]:
        raise UserError(
            f"{folder.path} was trained with another {', '.join(differing)} than this evaluation has: "
            "give the same --set and --tag as for the training."
        )
    return folder
