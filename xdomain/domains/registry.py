"""The registry of domains that are functions of a clip. Names need no numpy, so a login node can check them.

A package of yours adds one by an entry point:

    [project.entry-points."xdomain.domains"]
    night = "mypackage.domains:night"

The function takes a clip's `frames`, (T, H, W, C) uint8, and returns as many of that size and type. By the names of
further arguments it asks for more:

    rng        a numpy Generator, seeded by the names of domain and clip
    severity   1 to 5: then there are the domains night-1 to night-5, and no plain `night`
    masks      where the divers are (segment/masks/mask_set.py: ClipMasks); frames are then 369×492. Videos only
    positions  (T, 2) float32, x and y of the moving object in pixels. Temporal Shape only
"""

import inspect
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from xdomain.core.errors import UserError
from xdomain.core.names import one_line

GROUP = "xdomain.domains"
SEVERITIES = (1, 2, 3, 4, 5)
OF_MASKS = ("I", "S1", "S2", "T", "boxes", "displaced", "blur", "union")  # segment/domains/pictures.py says how
DRAWN = ("2dot", "5dot", "mnist", "mnist-bg")  # Temporal Shape's
TEMPORAL = {
    "reversed": "xdomain.domains.temporal:reversed_frames",
    "shuffled": "xdomain.domains.temporal:shuffled_frames",
    "frozen": "xdomain.domains.temporal:frozen_frame",
    "half-rate": "xdomain.domains.temporal:half_rate",
}
CORRUPTIONS = {  # each with a severity, such as noise-3; `blur` without one is a control made of masks
    "noise": "xdomain.domains.corruptions:noise",
    "blur": "xdomain.domains.corruptions:blur",
    "brightness": "xdomain.domains.corruptions:brightness",
    "compression": "xdomain.domains.corruptions:compression",
    "frame-drop": "xdomain.domains.corruptions:frame_drop",
}
RESERVED = {*OF_MASKS, *DRAWN, "O", "V", "train", "test", "validation", "all"}
ARGUMENTS = ("rng", "severity", "masks", "positions")


@dataclass(frozen=True)
class Domain:
    """A registered function, at one severity where it takes one."""

    base: str  # as registered
    severity: int | None
    point: EntryPoint
    function: Any  # frames and what `arguments` name -> frames
    arguments: tuple[str, ...]  # of ARGUMENTS


def split_name(name: str) -> tuple[str, int | None]:
    """Split `noise-3` into the corruption and its severity; other names have none."""
    base, _, last = name.rpartition("-")
    return (base, int(last)) if base and last in {str(severity) for severity in SEVERITIES} else (name, None)


def built_in_names() -> list[str]:
    """List the domains that are here, each corruption with every severity."""
    return [*TEMPORAL, *(f"{name}-{severity}" for name in CORRUPTIONS for severity in SEVERITIES)]


@cache
def find(name: str) -> Domain | None:
    """Find the function that makes the domain `name`; None where no function is registered for it.

    Raises:
        UserError: it takes a severity and the name has none, or the other way round; or its package is of no use.
    """
    if name in RESERVED:
        return None
    base, severity = split_name(name)
    for candidate in dict.fromkeys((name, base)):
        if point := _points().get(candidate):
            function = _loaded(point)
            arguments = _arguments(point, function)
            if ("severity" in arguments) != (candidate != name):
                takes = f"has a severity: name one, such as {candidate}-3" if candidate == name else "has no severity"
                raise UserError(f"The domain {one_line(name)!r} {takes}.")
            return Domain(candidate, severity if candidate != name else None, point, function, arguments)
    return None


def is_of_frames(name: str) -> bool:
    """Tell whether a registered function makes the domain of the frames alone, without masks."""
    domain = find(name)
    return domain is not None and "masks" not in domain.arguments


def _points() -> dict[str, EntryPoint]:
    """Map names to entry points, the built-in ones first: no package of a user's can take their names."""
    own = {name: EntryPoint(name, target, GROUP) for name, target in (TEMPORAL | CORRUPTIONS).items()}
    outside = {point.name: point for point in entry_points(group=GROUP)}
    return {name: point for name, point in outside.items() if name not in RESERVED} | own


def _loaded(point: EntryPoint) -> Any:
    try:
        function = point.load()
    except (ImportError, AttributeError) as error:
        raise UserError(f"The domain {point.name!r} ({point.value}) cannot be imported: {error}.") from error
    if not callable(function):
        raise UserError(f"The domain {point.name!r} ({point.value}) is no function: register one.")
    return function


def _arguments(point: EntryPoint, function: Any) -> tuple[str, ...]:
    """List what a function asks for besides the frames."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    asked = tuple(parameter.name for parameter in parameters if parameter.default is parameter.empty)
    if wrong := [name for name in asked if name not in ARGUMENTS]:
        raise UserError(
            f"The domain {point.name!r} ({point.value}) asks for {wrong[0]!r}: "
            f"a function takes frames, and may ask for {', '.join(ARGUMENTS)}."
        )
    return asked
