"""The kinds of run of every study, the built-in two's and a user's own: what a spec has to be rebuilt by.

A package of yours adds a study by an entry point, whose name is the study's:

    [project.entry-points."xdomain.studies"]
    mystudy = "mypackage.study:STUDY"

A study that a file describes is there once it was launched: the runs root keeps it (`xdomain/studies/own.py`).

`xdomain/studies/base.py: Study` says what the object has to be. Here, below everything that reads a spec, only the
kinds of its runs count; `xdomain/execute/registry.py` finds the study itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Protocol

from xdomain.core.errors import UserError
from xdomain.core.names import is_plain, one_line
from xdomain.core.roots import runs_root
from xdomain.specs import shapes, videos

GROUP = "xdomain.studies"
BUILT_IN = ("ts", "diving48")
OWN = "study.json"  # in a study's folder below the runs root: what its file said

_given: dict[str, Path] = {}  # name of a study -> the runs root that keeps it, where it is not this machine's


class HasKinds(Protocol):
    """An object that knows the kinds of run of a study."""

    key: str

    def kind_of(self, values: dict[str, Any]) -> type[Any]:
        """Choose the class of the spec with these values."""


def kind_of(study: str, values: dict[str, Any]) -> type[Any]:
    """Choose the class of the spec with these values of spec.json, which nobody has checked yet.

    Raises:
        UserError: no such study is registered, or its package cannot be imported.
    """
    built_in = dict(zip(BUILT_IN, (shapes.kind_of, videos.kind_of), strict=True))
    if study in built_in:
        return built_in[study](values)
    return videos.kind_of(values) if is_own(study) else outside_study(study).kind_of(values)


def is_own(name: str) -> bool:
    """Tell whether a study is one that a file described, and that was launched."""
    return is_plain(name) and (root_of_own(name) / name / OWN).exists()


def root_of_own(name: str) -> Path:
    """Name the runs root that keeps a study that a file described."""
    return _given.get(name, runs_root())


@contextmanager
def kept_in(runs: Path) -> Iterator[None]:
    """Within the block, take the studies that files described from another runs root: a bundle's, or a draft's."""
    before = dict(_given)
    _given.update({path.parent.name: runs for path in runs.glob(f"*/{OWN}")})
    try:
        yield
    finally:
        _given.clear()
        _given.update(before)


def registered_names() -> list[str]:
    """List the names of the studies that come with packages, the paper's first."""
    return list(dict.fromkeys([*BUILT_IN, *sorted(point.name for point in entry_points(group=GROUP))]))


def study_names() -> list[str]:
    """List the names of all studies: the paper's, those of packages, those that a file described."""
    own = sorted(path.parent.name for path in runs_root().glob(f"*/{OWN}"))
    return list(dict.fromkeys([*registered_names(), *own]))


@cache
def outside_study(name: str) -> HasKinds:
    """Load the study that a package of a user's registers under a name.

    Raises:
        UserError: no such study, or its package cannot be imported.
    """
    for point in entry_points(group=GROUP, name=name):
        return _loaded(point)
    raise UserError(
        f"There is no study {one_line(name)!r}. Registered are: {', '.join(study_names())}. "
        f"A package of yours adds one under the entry-point group {GROUP!r} (see README)."
    )


def _loaded(point: EntryPoint) -> HasKinds:
    try:
        study: HasKinds = point.load()
    except (ImportError, AttributeError) as error:
        raise UserError(f"The study {point.name!r} ({point.value}) cannot be imported: {error}.") from error
    if "-" in point.name:
        raise UserError(f"The study {point.name!r} has a hyphen in its name, which begins a variant: rename it.")
    if study.key != point.name:
        raise UserError(f"{point.value} is the study {study.key!r} and is registered as {point.name!r}: use one name.")
    return study
