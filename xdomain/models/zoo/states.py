"""Weights from files: read without unpickling code, and compared with the model that they are for."""

import re
from collections.abc import Iterable
from pathlib import Path

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
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises RuntimeError, EOFError, UnpicklingError, ... for foreign content
        foreign = re.search(r"Unsupported global: GLOBAL (\S+)", str(error))
        reason = f"it also holds {one_line(foreign[1])}" if foreign else "it is truncated, or holds no weights"
        raise UserError(
            f"{file} cannot be read as plain weights: {reason}. Give weights as .safetensors, or the state_dict alone."
        ) from error
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
