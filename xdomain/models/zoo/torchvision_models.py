"""torchvision's video models: built by its registry, for the size, frames and values that they were trained on."""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from xdomain.models.zoo.files import weight_files
from xdomain.models.zoo.libraries import load_torchvision, require_model
from xdomain.models.zoo.network import Network
from xdomain.models.zoo.states import read_state, require_fit

# Frames of the clips that the published weights were trained on; torchvision says it in prose only. Others: 16.
CLIP_LENGTH = {"s3d": 128, "swin3d": 32}
STANDARD_LENGTH = 16


def build(name: str, model: str, weights: str, frames: int, side: int, classes: int) -> Network:
    """Build a model for clips of a study; what it can take smaller is left so, what is larger is reduced to its own.

    Raises:
        UserError: there is no such model, or the weights are not there or do not fit.
    """
    require_model(model)
    models = load_torchvision().models
    published = models.get_model_weights(model).DEFAULT
    smallest, shortest = published.meta["min_size"][0], published.meta.get("min_temporal_size", 1)
    own = published.transforms()
    make = partial(models.get_model_builder(model), weights=None)
    length = CLIP_LENGTH.get(model.partition("_")[0], STANDARD_LENGTH)
    module = make(num_classes=classes)
    head = _head(make, classes)
    if weights:
        _load(module, name, weights, head)

    def logits(clips: Tensor) -> Tensor:
        return module(clips.transpose(1, 2))  # (B, T, C, H, W) -> (B, C, T, H, W)

    return Network(
        module,
        logits,
        frames=max(min(frames, length), shortest),
        side=max(min(side, own.crop_size[0]), smallest),
        mean=tuple(own.mean),
        std=tuple(own.std),
        head=head,
    )


def _head(make: Any, classes: int) -> frozenset[str]:
    """Name the tensors whose shape depends on the number of classes."""
    with torch.device("meta"):
        one, other = (make(num_classes=number).state_dict() for number in (classes, classes + 1))
    return frozenset(name for name, value in one.items() if value.shape != other[name].shape)


def _load(module: nn.Module, name: str, weights: str, head: frozenset[str]) -> None:
    """Load all but the head."""
    files = weight_files(name, weights)
    state = read_state(files)
    # Counters of batch normalisation, which older files lack, change nothing with a momentum.
    body = {
        key: value
        for key, value in module.state_dict().items()
        if key not in head and not key.endswith("num_batches_tracked")
    }
    absent = body.keys() - state.keys()
    require_fit(name, files, absent, [key for key in body.keys() - absent if state[key].shape != body[key].shape])
    module.load_state_dict({key: state[key] for key in body}, strict=False)
