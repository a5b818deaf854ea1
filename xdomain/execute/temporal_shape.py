"""A Temporal Shape run: train on one domain, evaluate the best epoch on every domain (paper section 3.2)."""

import time
from typing import Any

from xdomain.core.roots import data_root
from xdomain.datasets.temporal_shape.clipset import open_set, set_paths
from xdomain.evaluation.evaluate import evaluate
from xdomain.evaluation.predictions import nonfinite_fields
from xdomain.runs.run_folder import VALIDATION, RunFolder
from xdomain.specs.spec import RunSpec
from xdomain.training.data import SourceData
from xdomain.training.fit import fit


def work(spec: RunSpec, folder: RunFolder, tracker: str | None, result: dict[str, Any]) -> None:
    """Train and evaluate; adds to `result` what is known, the data even if the training then diverges."""
    source, *evaluated = (open_set(set_paths(clip_set, data_root())[0]) for clip_set in spec.clip_sets)
    targets = dict(zip(spec.targets, evaluated, strict=True))
    result["data"] = {
        clips.path.stem: {"sha256": clips.info["sha256"], "class_counts": clips.info["class_counts"]}
        for clips in (source, *targets.values())
    }
    clips = SourceData(source, spec.set_data, spec.train.batch_size, spec.seed)
    trained_on = {source.path.stem: result["data"][source.path.stem]}
    trained = fit(spec, folder, clips, tracker, trained_on)
    clock = time.monotonic()
    outcomes = evaluate(trained, source, targets, folder)
    result |= {
        "accuracy": {name: outcome.accuracy for name, outcome in outcomes.items() if not outcome.nonfinite},
        "clips": {VALIDATION: spec.data.val_clips} | {name: len(clips) for name, clips in targets.items()},
        "parameters": trained.parameters,
        "best_epoch": trained.best_epoch,
        "epochs": trained.epochs,
        "seconds": {"train": trained.seconds, "evaluate": round(time.monotonic() - clock, 1)},
        **nonfinite_fields({(name, None): outcome for name, outcome in outcomes.items()}),
    }
