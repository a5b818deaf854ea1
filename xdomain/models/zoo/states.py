"""Weights from files: read without unpickling code, and compared with the model that they are for."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from xdomain.core.errors import UserError
from xdomain.core.names import one_line
from xdomain.models.zoo.libraries import missing

State = dict[str, Tensor]
SHOWN = 3  # names in a message


def read_state(files: Iterable[Path]) -> State:
    """Read the tensors of some files, by name, onto the CPU.

    Raises:
        UserError: a file is damaged or holds more than tensors, or two files hold one name.
    """
    state: State = {}
    for file in files:
        read = _safetensors(file) if file.suffix == ".safetensors" else _pickled(file)
        if doubled := state.keys() & read.keys():
            raise UserError(
                f"{file.parent} has {min(doubled)} in more than one file of weights: give the file that is meant."
            )
        state |= read
    return state


def load_plain(path: Path, otherwise: str, advice: str) -> Any:
    """Read what torch.save wrote onto the CPU, as long as it holds tensors and plain values only.

    Args:
        path: the file.
        otherwise: what a file may be that cannot be read at all, for the message.
        advice: a sentence on what to give in its place.

    Raises:
        UserError: the file is truncated, or holds more.
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises RuntimeError, EOFError, UnpicklingError, ... for foreign content
        foreign = re.search(r"Unsupported global: GLOBAL (\S+)", str(error))
        reason = f"it also holds {one_line(foreign[1])}" if foreign else f"it is truncated, or {otherwise}"
        raise UserError(f"{path} cannot be read as plain weights: {reason}. {advice}") from error


def _safetensors(file: Path) -> State:
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load_file
    except ModuleNotFoundError as error:
        raise missing("safetensors") from error
    try:
        return load_file(file)
    except (SafetensorError, OSError, ValueError) as error:
        raise UserError(f"{file} is truncated or damaged ({one_line(error)}): fetch the weights again.") from error


def _pickled(file: Path) -> State:
    content = load_plain(file, "holds no weights", "Give weights as .safetensors, or the state_dict alone.")
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    state = {
        name.removeprefix("module."): value
        for name, value in (content.items() if isinstance(content, dict) else ())
        if isinstance(name, str) and isinstance(value, Tensor)
    }
    if not state:
        raise UserError(f"{file} holds no weights by name: give a state_dict.")
    return state


def require_fit(name: str, files: list[Path], absent: Iterable[str], other_shapes: Iterable[str]) -> None:
    """Refuse weights that do not fit a model's body.

    Args:
        name: of the model.
        files: that they were read from.
        absent: what the body has and the files lack.
        other_shapes: what both have, in other shapes.

    Raises:
        UserError: names some of it.
    """
    faults = [
        f"{what} {len(names)} of its tensors, such as {', '.join(map(one_line, names[:SHOWN]))}"
        for what, names in (("lack", sorted(absent)), ("have other shapes for", sorted(other_shapes)))
        if names
    ]
    if faults:
        raise UserError(
            f"The weights {', '.join(map(str, files))} are of another architecture than {name}: they "
            f"{', and '.join(faults)}. Give weights of {name}."
        )
