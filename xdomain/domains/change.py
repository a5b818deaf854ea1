"""Call a domain's function on a clip: with what it asks for, seeded by the clip's name, and its answer checked."""

import hashlib
import inspect
from pathlib import Path
from typing import Any

import numpy as np

from xdomain.core.errors import UserError
from xdomain.core.names import did_you_mean, one_line
from xdomain.domains.registry import CORRUPTIONS, TEMPORAL, Domain, built_in_names, find

VERSION = 2  # of the built-in functions: raised whenever the same frames give others
DIGITS = 12  # of a checksum


def change(name: str, frames: np.ndarray, clip: str, **others: Any) -> np.ndarray:
    """Make a clip in the domain `name`: an array of its own, (T, H, W, C) uint8 as `frames`.

    `others` are what this data has for functions that ask for it: masks, positions.

    Raises:
        UserError: no such domain, it asks for what there is not, or its function gives another shape or type.
    """
    domain = require(name)
    given = {"rng": _generator(domain, clip), "severity": domain.severity} | others
    if lacking := [argument for argument in domain.arguments if argument not in given]:
        raise UserError(
            f"The domain {name!r} ({domain.point.value}) asks for {lacking[0]!r}, which these clips do not have."
        )
    made = domain.function(frames.copy(), **{argument: given[argument] for argument in domain.arguments})
    if not isinstance(made, np.ndarray) or made.shape != frames.shape or made.dtype != frames.dtype:
        said = f"{made.shape} {made.dtype}" if isinstance(made, np.ndarray) else f"a {type(made).__name__}"
        raise UserError(
            f"The domain {name!r} ({domain.point.value}) made {said} of clip {one_line(clip)}: "
            f"its function has to return {frames.shape} {frames.dtype}, as it was given."
        )
    return np.ascontiguousarray(made)


def require(name: str) -> Domain:
    """Find the function that makes the domain `name`.

    Raises:
        UserError: there is none.
    """
    if domain := find(name):
        return domain
    raise UserError(
        f"There is no function for the domain {one_line(name)!r}.{did_you_mean(name, built_in_names())} "
        f"Built in are {', '.join(built_in_names())}; "
        "a package of yours adds others (see README)."
    )


def try_out(name: str, shape: tuple[int, int, int, int], **others: Any) -> None:
    """Change a black clip (T, H, W, C), so that a function of no use is found before anything is trained or made.

    Raises:
        UserError: as `change`.
    """
    change(name, np.zeros(shape, np.uint8), "a black clip, to try it", **others)


def identity(name: str) -> str:
    """Say which function makes a domain, and which version of it: of a user's own its file's checksum."""
    domain = require(name)
    if domain.base in TEMPORAL | CORRUPTIONS:
        return f"{domain.point.value} version {VERSION}"
    file = inspect.getsourcefile(inspect.unwrap(domain.function))
    digest = hashlib.sha256(Path(file).read_bytes()).hexdigest()[:DIGITS] if file else "unknown"
    return f"{domain.point.value} {digest}"


def _generator(domain: Domain, clip: str) -> np.random.Generator:
    """Seed by the names alone: the severities of a corruption share their draws."""
    return np.random.default_rng(list(hashlib.sha256(f"{domain.base}/{clip}".encode()).digest()))
