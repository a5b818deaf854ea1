"""A library's model as a run names it: with what it begins from, and the hash of that."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from xdomain.core.errors import UserError
from xdomain.core.names import LIBRARIES, is_library_model, one_line
from xdomain.models import canonical_name
from xdomain.models.zoo.files import content_sha256
from xdomain.specs.overrides import Run
from xdomain.specs.spec import ModelSpec


def library_model(name: str, weights: str = "", frozen: bool = False) -> ModelSpec:
    """Specify a library's model; reads its weights, to hash them, but loads no tensors.

    Args:
        name: `torchvision:NAME`, `transformers:owner/name` or `transformers:FOLDER`.
        weights: a file, a folder, or a name in a filled cache (`KINETICS400_V1`, `owner/name`); empty: random weights.
        frozen: train the new head only.

    Raises:
        UserError: no such name, or what it is made from is not there.
    """
    name = canonical_name(name)
    if not is_library_model(name):
        raise UserError(
            f"{one_line(name)} takes no weights and has no head of its own to train alone: only a model of "
            f"{' or '.join(LIBRARIES)} does, such as torchvision:r3d_18."
        )
    if weights and (path := Path(weights).expanduser()).exists():
        weights = str(path.resolve())
    return ModelSpec(name, 1, weights, content_sha256(name, weights), frozen)


def with_weights(grid: Sequence[Run], weights: str, frozen: bool) -> list[Run]:
    """Complete the library's models of a grid by the weights that a launch names; other models have none.

    Raises:
        UserError: weights for no or for several models, or they are not there.
    """
    names = dict.fromkeys(spec.model.name for spec in grid if is_library_model(spec.model.name))
    if (weights or frozen) and not names:
        raise UserError(
            f"--{'weights' if weights else 'frozen'} is for models of libraries: name one, such as "
            "--model torchvision:r3d_18."
        )
    if weights and len(names) > 1:
        raise UserError(f"--weights {weights}: of {' and '.join(names)} only one has them. Launch each by itself.")
    made = {name: library_model(name, weights, frozen) for name in names}
    completed = [dataclasses.replace(spec, model=made.get(spec.model.name, spec.model)) for spec in grid]
    return list({spec.id: spec for spec in completed}.values())  # of a library's model there is one size
