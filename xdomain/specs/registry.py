"""The registry of studies: a name leads to an object, the two built-in ones' and a user's own alike.

A package of yours adds one by an entry point, whose name is the study's:

    [project.entry-points."xdomain.studies"]
    mystudy = "mypackage.study:STUDY"

`xdomain/studies/base.py: Study` says what the object has to be. Here, below everything that reads a spec, only the
kinds of its runs count.
"""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol

from xdomain.core.errors import UserError
from xdomain.core.names import one_line

GROUP = "xdomain.studies"
BUILT_IN = {"ts": "xdomain.execute.temporal_shape:STUDY", "diving48": "xdomain.execute.diving48:STUDY"}


class HasKinds(Protocol):
    """An object that knows the kinds of run of a study."""

    key: str

    def kind_of(self, values: dict[str, Any]) -> type[Any]:
        """Choose the class of the spec with these values."""


def study_names() -> list[str]:
    """List the names of all studies, the paper's first."""
    return list(dict.fromkeys([*BUILT_IN, *sorted(point.name for point in entry_points(group=GROUP))]))


@cache
def study_named(name: str) -> HasKinds:
    """Load the study that is registered under a name; no package of a user's can take a built-in one's.

    Raises:
        UserError: no such study, or its package cannot be imported.
    """
    if name in BUILT_IN:
        return _loaded(EntryPoint(name, BUILT_IN[name], GROUP))
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
