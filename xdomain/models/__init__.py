"""The registry of models. Names and display names need no torch, so a login node can check a command line.

A model is a function `build(hidden, frames, side, channels, classes) -> torch.nn.Module` whose module takes
(B, T, C, H, W) floats and returns (B, classes) logits. A package of yours adds one by an entry point:

    [project.entry-points."xdomain.models"]
    mymodel = "mypackage.models:build"

Models of libraries have names such as `torchvision:r3d_18` or `transformers:owner/name` (xdomain/models/zoo).
"""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from xdomain.core.errors import UserError
from xdomain.core.names import LIBRARIES, did_you_mean, is_library_model, library_and_model, one_line

if TYPE_CHECKING:
    from torch import nn

GROUP = "xdomain.models"
BUILT_IN = {
    # Temporal Shape: three blocks
    "3dcnn": "xdomain.models.cnn3d:build",
    "convlstm": "xdomain.models.convlstm:build",
    "timesformer-1": "xdomain.models.timesformer:build_one_head",
    "timesformer-8": "xdomain.models.timesformer:build_eight_heads",
    # Diving48: Table 16, then what Table 17 adds
    "3dcnn-4blocks": "xdomain.models.cnn3d:build_four_blocks",
    "3dcnn-6blocks": "xdomain.models.cnn3d:build_six_blocks",
    "3dcnn-11layers": "xdomain.models.cnn3d:build_eleven_layers",
    "3dcnn-11layers-unpadded": "xdomain.models.cnn3d:build_eleven_layers_unpadded",
    "convlstm-4blocks": "xdomain.models.convlstm:build_four_blocks",
    "timesformer-4layers": "xdomain.models.timesformer:build_four_layers",
    "timesformer-11layers": "xdomain.models.timesformer:build_eleven_layers",
    "timesformer-3layers": "xdomain.models.timesformer:build_three_layers",
    "timesformer-12layers": "xdomain.models.timesformer:build_twelve_layers",
    "timesformer-12layers-dropout": "xdomain.models.timesformer:build_twelve_layers_dropout",
    "timesformer-12layers-linear": "xdomain.models.timesformer:build_twelve_layers_linear",
}
DISPLAY = {
    "3dcnn": "3D CNN",
    "convlstm": "ConvLSTM",
    "timesformer-1": "TimeSformer-1",
    "timesformer-8": "TimeSformer-8",
    "3dcnn-4blocks": "3D CNN (4 blocks)",
    "3dcnn-6blocks": "3D CNN (6 blocks)",
    "3dcnn-11layers": "3D CNN (11 layers)",
    "3dcnn-11layers-unpadded": "3D CNN (11 layers, unpadded pooling)",
    "convlstm-4blocks": "ConvLSTM (4 blocks)",
    "timesformer-4layers": "TimeSformer (4 layers)",
    "timesformer-11layers": "TimeSformer (11 layers)",
    "timesformer-3layers": "TimeSformer (3 layers)",
    "timesformer-12layers": "TimeSformer (12 layers)",
    "timesformer-12layers-dropout": "TimeSformer (12 layers, dropout)",
    "timesformer-12layers-linear": "TimeSformer (12 layers, linear on top)",
}


def registered() -> dict[str, EntryPoint]:
    """List every model by its name, the paper's first; no package of a user's can take their names."""
    built_in = [EntryPoint(name, target, GROUP) for name, target in BUILT_IN.items()]
    return {point.name: point for point in [*built_in, *entry_points(group=GROUP), *built_in]}


def display_name(name: str) -> str:
    """Tell how tables and figures call a model; a user's own goes by its registered name."""
    return DISPLAY.get(name, name)


def canonical_name(name: str) -> str:
    """Return the registered name for what a user typed ("3D CNN" and "3dcnn" are one).

    Whether a library has a model of a name shows where the library is loaded.

    Raises:
        UserError: no such model.
    """
    library, model = library_and_model(name)
    if library:
        if library == "transformers" and Path(model).expanduser().is_dir():
            name = f"{library}:{Path(model).expanduser().resolve()}"
        if not is_library_model(name):
            raise UserError(f"{one_line(name)} names neither a model of {library} nor a folder with one.")
        return name
    known = registered()
    if name in known:
        return name
    folded = name.lower().replace(" ", "")
    if folded not in known:
        raise UserError(
            f"There is no model {name!r}.{did_you_mean(folded, known)} Registered are: {', '.join(known)}. "
            f"A package of yours adds one under the entry-point group {GROUP!r} (see README), and "
            f"{' and '.join(f'{library}:NAME' for library in LIBRARIES)} are models of libraries."
        )
    return folded


def build(
    name: str,
    hidden: int,
    frames: int,
    side: int,
    channels: int,
    classes: int,
    weights: str = "",
    sha256: str = "",
    frozen: bool = False,
) -> "nn.Module":
    """Build a model for clips of (B, frames, channels, side, side).

    `weights`, `sha256` and `frozen` are for models of libraries (xdomain/models/zoo/adapter.py), which have no
    `hidden`.

    Raises:
        UserError: the clips are not for this model, or its library or weights are not there or do not fit.
    """
    if is_library_model(name):
        from xdomain.models.zoo.adapter import build as build_from_library

        return build_from_library(name, weights, sha256, frozen, frames, side, channels, classes)
    builder: Callable[..., nn.Module] = registered()[canonical_name(name)].load()
    return builder(hidden=hidden, frames=frames, side=side, channels=channels, classes=classes)
