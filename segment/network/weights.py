"""Weights of diver networks: read without unpickling code, and refused in a sentence where they do not fit."""

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlparse

import torch
from mmengine.registry import MODELS as REGISTRY
from torch import nn

from segment.network import mask_rcnn
from segment.network.mmcv_ops import load_mmseg
from segment.network.models import MODELS, finds_instances
from xdomain.core.errors import UserError
from xdomain.core.files import sha256
from xdomain.datasets.download.transfer.remote import redact
from xdomain.models.zoo.states import load_plain

State = dict[str, torch.Tensor]
CLASSIFIERS = ("conv_seg.", "fc.", "head.")  # last layers of another task: other classes, or whole pictures


def fetch(source: str) -> Path:
    """Find the file of `source`: a path, or a URL that is downloaded once, to torch's cache.

    `https://…/name.pth#sha256=HEX` has to be the file of that hash, whoever serves it. Without a hash only https is
    taken, and the hash of what came is printed, to be put behind the URL.

    Raises:
        UserError: there is no such file, the download failed, or it is another file.
    """
    if not source.startswith(("http://", "https://")):
        if not Path(source).is_file():
            raise UserError(f"There are no weights {source}: give the path or the URL of a checkpoint.")
        return Path(source)
    url, fragment = urldefrag(source)
    wanted = fragment.removeprefix("sha256=").lower()
    if fragment and not (fragment.startswith("sha256=") and re.fullmatch("[0-9a-f]{64}", wanted)):
        raise UserError(f"{redact(source)}: behind # a URL of weights has sha256= and 64 hexadecimal digits.")
    if not wanted and url.startswith("http://"):
        raise UserError(
            f"{redact(url)} is not encrypted, so that anyone on the way could change it. Give an https URL, or put "
            "#sha256=HEX behind this one."
        )
    # By the URL too: two sources may have a file of one name.
    folder = hashlib.sha256(f"{url}#{wanted}".encode()).hexdigest()[:16]
    path = Path(torch.hub.get_dir()) / "checkpoints" / "xdomain" / folder / (Path(urlparse(url).path).name or "weights")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            torch.hub.download_url_to_file(url, str(path), wanted or None)  # named only when complete and of that hash
        except (OSError, RuntimeError, ValueError) as error:
            raise UserError(
                f"{redact(url)} cannot be downloaded ({redact(str(error))}). Fetch it on a machine with network, and "
                "give its path."
            ) from error
    digest = sha256(path)
    if wanted and digest != wanted:
        raise UserError(f"{path} has the SHA-256 {digest} and not {wanted}: it was changed here. Remove it.")
    if not wanted:
        print(f"The SHA-256 of {redact(url)} is {digest}: with #sha256={digest} behind it, no other file is taken.")
    return path


def read(path: Path) -> dict[str, Any]:
    """Read a checkpoint's content onto the CPU.

    Raises:
        UserError: the file is truncated, or holds more than plain weights.
    """
    content = load_plain(path, "no checkpoint", "Give another, or one with the state_dict alone.")
    if not isinstance(content, dict):
        raise UserError(f"{path} holds a {type(content).__name__} and no weights by name. Give another checkpoint.")
    return content


def state_of(content: dict[str, Any], path: Path) -> State:
    """Return the weights by name, of a checkpoint of mmengine or torchvision.

    Raises:
        UserError: there are none.
    """
    state = content.get("state_dict", content)
    state = {name.removeprefix("module."): value for name, value in state.items() if isinstance(value, torch.Tensor)}
    if not state:
        raise UserError(f"{path} holds no weights. Give another checkpoint.")
    return state


def build(model: str) -> nn.Module:
    """Build a network of segment/network/models.py with weights not yet initialised."""
    load_mmseg()
    return REGISTRY.build(MODELS[model])


def load_all(network: nn.Module, model: str, state: State, path: Path) -> None:
    """Load every weight of `network`, an instance of `model`.

    Raises:
        UserError: the weights are of another architecture; says which.
    """
    own = network.state_dict()
    if {k: v.shape for k, v in own.items()} != {k: v.shape for k, v in state.items()}:
        raise UserError(_other_architecture(model, state, path))
    network.load_state_dict(state)


def load_pretrained(network: nn.Module, model: str, state: State, path: Path) -> int:
    """Begin from weights of a whole network, or of a backbone alone; returns how many tensors were taken.

    Last layers of another task (`CLASSIFIERS`) are left as they were initialised. All else of the backbone, or of the
    network if the checkpoint has more than a backbone, must be there in the same shapes.

    Raises:
        UserError: the weights are of another architecture; says which.
    """
    if finds_instances(model):
        return mask_rcnn.load_pretrained(network, model, state, path)
    if not any(name.startswith("backbone.") for name in state):
        state = {f"backbone.{name}": value for name, value in state.items()}
    parts = {name.partition(".")[0] for name in state}
    wanted = {
        name: value.shape
        for name, value in network.state_dict().items()
        if name.partition(".")[0] in parts and not name.partition(".")[2].startswith(CLASSIFIERS)
    }
    matching = {name: value for name, value in state.items() if name in wanted}
    counters = {name for name in wanted if name.endswith("num_batches_tracked")}  # older checkpoints have none
    missing = wanted.keys() - matching.keys() - counters
    if missing or any(matching[name].shape != wanted[name] for name in matching):
        raise UserError(_other_architecture(model, state, path))
    network.load_state_dict(matching, strict=False)
    return len(matching)


def _other_architecture(model: str, state: State, path: Path) -> str:
    """Say which of this project's networks has most of these weights."""
    alike = [name for name in MODELS if finds_instances(name) == finds_instances(model)]
    shares = {name: _share(_shapes(name), state) for name in alike}
    best = max(shares, key=shares.__getitem__)
    if shares[best] > 0.5 and best != model:
        return f"{path} holds weights of {best}, not of {model}: give --model {best}, or weights of {model}."
    names = ", ".join(list(state)[:3])
    return f"{path} holds weights of another architecture than {model} (such as {names}). Give weights of {model}."


@cache
def _shapes(model: str) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in build(model).state_dict().items()}


def _share(own: dict[str, torch.Size], state: State) -> float:
    """Measure the share of `state`'s tensors that a network has by the same name and shape."""
    return sum(own.get(name) == value.shape for name, value in state.items()) / len(state)
