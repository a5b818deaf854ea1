"""Evaluate the best checkpoint on the validation clips and on every domain (paper section 3)."""

import numpy as np
import torch

from xdomain.datasets.clipset import ClipSet
from xdomain.evaluation.predictions import write_predictions
from xdomain.records import VALIDATION, RunFolder
from xdomain.training.data import DeviceClips, Share, loader
from xdomain.training.fit import Trained


def evaluate(trained: Trained, source: ClipSet, targets: dict[str, ClipSet], folder: RunFolder) -> dict[str, float]:
    """Write per-clip scores for validation and each target domain; return top-1 accuracies in [0, 1].

    The target named like the source is its held-out set: clips that neither trained nor selected the model. Only the
    first rank writes and knows the accuracies.
    """
    indices = {VALIDATION: trained.data.val_indices}
    indices |= {name: np.arange(len(clips.labels)) for name, clips in targets.items()}
    accuracies = {}
    for name, chosen in indices.items():
        clips = targets.get(name, source)
        labels = clips.labels[chosen]
        scores = _scores(trained, DeviceClips(clips.clips[chosen], labels, trained.trainer.strategy.root_device))
        if trained.trainer.is_global_zero:
            accuracies[name] = write_predictions(folder.predictions_file(name), chosen, labels, scores)
    return accuracies


def _scores(trained: Trained, clips: DeviceClips) -> np.ndarray:
    """(N, classes) logits, computed at the precision of the training; every rank computes its share once."""
    trainer = trained.trainer
    batches = loader(clips, trained.data.batch_size, Share(trainer.global_rank, trainer.world_size))
    mine = torch.cat(list(batches.sampler))
    scores = torch.cat(trainer.predict(trained.module, batches)).to(mine.device)
    together = scores.new_zeros(len(clips), scores.shape[1])
    together[mine] = scores
    return trainer.strategy.reduce(together, reduce_op="sum").cpu().numpy()
