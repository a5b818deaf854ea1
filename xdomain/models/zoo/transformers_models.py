"""transformers' video classifiers: built from a configuration, which says size and frames, without a hub's code."""

import json
import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from xdomain.core.errors import UserError
from xdomain.core.names import one_line
from xdomain.models.zoo.files import CONFIG, config_folder, preprocessor_file, weight_files
from xdomain.models.zoo.libraries import load_transformers
from xdomain.models.zoo.network import IMAGENET, Network
from xdomain.models.zoo.states import read_state, require_fit

# What configurations call the side of a frame, and the number of frames.
SIDES, LENGTHS = ("image_size", "crop_size"), ("num_frames", "frames_per_clip")


def build(name: str, weights: str, classes: int) -> Network:
    """Build the classifier that a folder or a model in the cache configures.

    Raises:
        UserError: the configuration is no video classifier's, or the weights are not there or do not fit.
    """
    transformers = load_transformers()
    folder = config_folder(name)
    assert folder is not None, name
    config = _configuration(transformers, folder, classes)
    automatic = transformers.AutoModelForVideoClassification
    try:
        module = automatic.from_config(config)
    except (ValueError, TypeError, KeyError, AttributeError, RuntimeError) as error:
        raise UserError(
            f"{folder / CONFIG} configures no video classifier of transformers {transformers.__version__} "
            f"({one_line(error)[:200]})."
        ) from error
    body = f"{module.base_model_prefix}."
    head = frozenset(key for key, _ in module.named_parameters() if not key.startswith(body))
    if weights:
        module = _with_weights(type(module), config, name, weights, body)
    mean, std = _values(preprocessor_file(name, weights))

    def logits(clips: Tensor) -> Tensor:
        return module(**{module.main_input_name: clips}).logits

    side, frames = (_number(config, names, folder / CONFIG) for names in (SIDES, LENGTHS))
    return Network(module, logits, frames, side, mean, std, head)


def _configuration(transformers: Any, folder: Path, classes: int) -> Any:
    try:
        # Never the code that a folder may bring along.
        return transformers.AutoConfig.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, num_labels=classes
        )
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise UserError(f"{folder / CONFIG} cannot be read ({one_line(error)[:200]}).") from error


def _with_weights(kind: Any, config: Any, name: str, weights: str, body: str) -> Any:
    """Load the body, and of the head what has the same shapes, such as a norm before it, but no classes."""
    files = weight_files(name, weights)
    state = read_state(files)
    module, found = kind.from_pretrained(
        None,
        config=config,
        state_dict={key: value for key, value in state.items() if not key.startswith("classifier.")},
        ignore_mismatched_sizes=True,
        output_loading_info=True,
        dtype=torch.float32,
    )
    others = [key for key, *_ in found["mismatched_keys"]]
    require_fit(
        name,
        files,
        [key for key in found["missing_keys"] if key.startswith(body)],
        [key for key in others if key.startswith(body)],
    )
    return module


def _number(config: Any, names: tuple[str, ...], file: Path) -> int:
    for name in names:
        value = getattr(config, name, None)
        value = value[0] if isinstance(value, list | tuple) and len(set(value)) == 1 else value
        if isinstance(value, int) and value > 0:
            return value
    raise UserError(f"{file} says none of {', '.join(names)}, or frames that are not square.")


def _values(file: Path | None) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the mean and the standard deviation that make, of values in [0, 1], what the model takes."""
    if file is None:
        return IMAGENET
    try:
        given = json.loads(file.read_text())
        scale, offset = 255 * given.get("rescale_factor", 1 / 255), float(bool(given.get("offset")))
        if not given.get("do_rescale", True):
            scale, offset = 255.0, 0.0
        mean, std = given.get("image_mean", IMAGENET[0]), given.get("image_std", IMAGENET[1])
        if not given.get("do_normalize", True):
            mean, std = (0.0,) * 3, (1.0,) * 3
        # (scale · x − offset − mean) / std, written as (x − mean') / std'
        means = tuple((m + offset) / scale for m in mean)
        stds = tuple(s / scale for s in std)
    except (ValueError, TypeError, AttributeError, ZeroDivisionError, OSError) as error:
        raise UserError(f"{file} cannot be read ({one_line(error)[:200]}).") from error
    if len(means) != 3 or len(stds) != 3 or not all(stds) or not all(map(math.isfinite, (*means, *stds))):
        raise UserError(f"{file} names no mean and standard deviation of three channels.")
    return means, stds
