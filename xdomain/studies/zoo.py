"""A library's model as a run names it: with what it begins from, and the hash of that."""

from pathlib import Path

from xdomain.core.errors import UserError
from xdomain.core.names import LIBRARIES, is_library_model, one_line
from xdomain.models import canonical_name
from xdomain.models.zoo.files import content_sha256
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
