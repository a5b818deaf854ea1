"""Random weights of libraries' models, written as their own tools write them; the transformers are tiny."""

import json
from pathlib import Path

import torch
from torch import nn

from xdomain.models.zoo.libraries import load_torchvision, load_transformers

CLASSES = 7  # of the saved weights, unlike any study's
SIDE, FRAMES = 16, 4  # that the tiny transformers take
_VIT = {"image_size": SIDE, "num_frames": FRAMES, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2}
_VIT |= {"intermediate_size": 16, "num_labels": CLASSES}
CONFIGURATIONS = {
    "Vivit": {"tubelet_size": [2, 8, 8]},
    "VideoMAE": {"patch_size": 8, "tubelet_size": 2},
    "Timesformer": {"patch_size": 8},
}


def torchvision_model(name: str, classes: int = CLASSES, seed: int = 1) -> nn.Module:
    """torchvision's own, with random weights."""
    torchvision = load_torchvision()
    torch.manual_seed(seed)
    return torchvision.models.get_model_builder(name)(weights=None, num_classes=classes)


def save_torchvision(name: str, path: Path, seed: int = 1) -> nn.Module:
    """Write the state_dict of a model with random weights, whose statistics of batches are no new model's."""
    model = torchvision_model(name, seed=seed)
    for key, buffer in model.named_buffers():
        if key.endswith("running_var"):
            buffer.fill_(0.5)
    torch.save(model.state_dict(), path)
    return model


def save_transformer(kind: str, folder: Path, seed: int = 1, **preprocessor) -> nn.Module:
    """Write a classifier as `save_pretrained` does, with what a preprocessor would say where that is given."""
    transformers = load_transformers()
    torch.manual_seed(seed)
    configuration = getattr(transformers, f"{kind}Config")(**_VIT, **CONFIGURATIONS[kind])
    model = getattr(transformers, f"{kind}ForVideoClassification")(configuration).eval()
    model.save_pretrained(folder)
    if preprocessor:
        (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    return model
