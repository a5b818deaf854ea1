"""Evaluate the best checkpoint on the validation clips and on every domain (paper section 3)."""

from typing import Any, cast

import numpy as np
import torch
from pytorch_lightning import Trainer
from torch import Tensor
from torch.utils.data import DataLoader

from xdomain.datasets.temporal_shape.clipset import ClipSet
from xdomain.evaluation.predictions import Outcome, write_predictions
from xdomain.runs.run_folder import VALIDATION, RunFolder
from xdomain.training.data import DeviceClips, Share, SourceData, loader
from xdomain.training.fit import Trained
from xdomain.training.module import Classifier


def evaluate(trained: Trained, data: SourceData, targets: dict[str, ClipSet], folder: RunFolder) -> dict[str, Outcome]:
    """Write per-clip scores for validation and each target domain; return what they come to, by set.

    The target named like the source is its held-out set: clips that neither trained nor selected the model. Only the
    first rank writes and knows the outcomes.
    """
    indices = {VALIDATION: data.val_indices}
    indices |= {name: np.arange(len(clips.labels)) for name, clips in targets.items()}
    outcomes, trainer = {}, trained.trainer
    share = Share(trainer.global_rank, trainer.world_size)
    for name, chosen in indices.items():
        clips = targets.get(name, data.source)
        labels = clips.labels[chosen]
        dataset = DeviceClips(clips.clips[chosen], labels, trainer.strategy.root_device)
        logits = scores(trainer, trained.module, loader(dataset, data.recipe.batch_size, share), len(labels))
        if trainer.is_global_zero:
            outcomes[name] = write_predictions(folder.predictions_file(name), chosen, labels, logits)
    return outcomes


def scores(trainer: Trainer, module: Classifier, batches: DataLoader[Any], clips: int) -> np.ndarray:
    """Compute (N, classes) logits at the precision of the training; every rank computes its share once."""
    device = trainer.strategy.root_device  # where ranks can add up: NCCL knows no tensors of the CPU
    mine = torch.cat(list(batches.sampler)).to(device)
    mine = mine[:, 0] if mine.ndim == 2 else mine  # clips and whether they are flipped
    logits = torch.cat(cast(list[Tensor], trainer.predict(module, batches))).to(device)
    together = logits.new_zeros(clips, logits.shape[1])
    together[mine] = logits
    return trainer.strategy.reduce(together, reduce_op="sum").cpu().numpy()
