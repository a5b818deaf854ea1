"""Evaluate several epochs of one training on the same clips: one file of per-clip scores (paper section 3.3)."""

from pathlib import Path

import numpy as np
from pytorch_lightning import Trainer

from xdomain.core.errors import Interrupted, UserError
from xdomain.core.interruption import asked_by
from xdomain.datasets.clip_cache.clips import Clips
from xdomain.evaluation.evaluate import scores
from xdomain.evaluation.predictions import Outcome, write_epochs
from xdomain.training.checkpoints import load
from xdomain.training.data import Share
from xdomain.training.module import Classifier
from xdomain.training.origin import Data, require_same_data
from xdomain.training.video_data import VideoClips, video_loader


def evaluate_checkpoints(
    module: Classifier,
    trainer: Trainer,
    checkpoints: list[Path],
    clips: Clips,
    places: np.ndarray,
    batch_size: int,
    predictions: Path,
    trained_on: Data,
) -> dict[int, Outcome]:
    """Write the scores of the clips at `places` by every checkpoint; what they come to by epoch, in the epochs' order.

    `trained_on` identifies the data of the training. An epoch that two files hold (the best may be the last) counts
    once. Ranks share the clips, each evaluated once; only the first rank writes and knows the outcomes.

    Raises:
        UserError: there is no checkpoint, or one is damaged or of another training's data.
        Interrupted: asked to stop; the same run evaluates all of them again.
    """
    by_epoch: dict[int, np.ndarray] = {}
    share = Share(trainer.global_rank, trainer.world_size)
    dataset = VideoClips(clips, places)
    for path in checkpoints:
        if trainer.strategy.reduce_boolean_decision(asked_by() is not None, all=False):
            raise Interrupted(f"{asked_by() or 'another rank'} before {path.name} was evaluated")
        content = load(path)
        if content is None:
            raise UserError(
                f"{path} is truncated or damaged and cannot be evaluated. Remove the run's folder and train again."
            )
        if content["epoch"] in by_epoch:
            continue
        require_same_data(path, content, trained_on, "It is of another training: put the right file back.")
        module.load_state_dict(content["state_dict"])
        by_epoch[content["epoch"]] = scores(trainer, module, video_loader(dataset, batch_size, share), len(places))
    if not by_epoch:
        raise UserError(f"There are no checkpoints for {predictions.parent.parent}. Train again.")
    if not trainer.is_global_zero:
        return {}
    names = [clips.names[place] for place in places]
    videos = clips.source_videos(names)
    return write_epochs(predictions, names, videos, dataset.labels.numpy(), dict(sorted(by_epoch.items())))
