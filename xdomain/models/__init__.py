"""The registry of models. Names and display names need no torch, so a login node can check a command line.

A model is a function `build(hidden, frames, side, channels, classes) -> torch.nn.Module` whose module takes
(B, T, C, H, W) floats and returns (B, classes) logits. A package of yours adds one by an entry point:

    [project.entry-points."xdomain.models"]
    mymodel = "mypackage.models:build"
"""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from xdomain.errors import UserError

if TYPE_CHECKING:
    from torch import nn

GROUP = "xdomain.models"
BUILT_IN = {
    "3dcnn": "xdomain.models.cnn3d:build",
    "convlstm": "xdomain.models.convlstm:build",
    "timesformer-1": "xdomain.models.timesformer:build_one_head",
    "timesformer-8": "xdomain.models.timesformer:build_eight_heads",
}
DISPLAY = {
    "3dcnn": "3D CNN",
    "convlstm": "ConvLSTM",
    "timesformer-1": "TimeSformer-1",
    "timesformer-8": "TimeSformer-8",
}


def registered() -> dict[str, EntryPoint]:
    """Every model by its name, the paper's four first; no package of a user's can take their names."""
    built_in = [EntryPoint(name, target, GROUP) for name, target in BUILT_IN.items()]
    return {point.name: point for point in [*built_in, *entry_points(group=GROUP), *built_in]}


def display_name(name: str) -> str:
    """How tables and figures call a model; a user's own goes by its registered name."""
    return DISPLAY.get(name, name)


def canonical_name(name: str) -> str:
    """The registered name for what a user typed ("3D CNN" and "3dcnn" are one).

    Raises:
        UserError: no such model.
    """
    known = registered()
    if name in known:
        return name
    folded = name.lower().replace(" ", "")
    if folded not in known:
        raise UserError(
            f"There is no model {name!r}. Registered are: {', '.join(known)}. "
            f"A package of yours adds one under the entry-point group {GROUP!r} (see README)."
        )
    return folded


def build(name: str, hidden: int, frames: int, side: int, channels: int, classes: int) -> "nn.Module":
    """Build a registered model for clips of (B, frames, channels, side, side)."""
    builder: Callable[..., nn.Module] = registered()[canonical_name(name)].load()
    return builder(hidden=hidden, frames=frames, side=side, channels=channels, classes=classes)
