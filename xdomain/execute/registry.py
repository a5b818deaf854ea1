"""The registry of studies: the built-in two, and those that packages of users add (`xdomain/specs/registry.py`)."""

from typing import Any, cast

from xdomain.execute.diving48 import STUDY as DIVING48
from xdomain.execute.temporal_shape import STUDY as TEMPORAL_SHAPE
from xdomain.specs.registry import outside_study, study_names
from xdomain.studies.base import Study

BUILT_IN: dict[str, Study[Any]] = {study.key: study for study in (TEMPORAL_SHAPE, DIVING48)}


def study_of(key: str) -> Study[Any]:
    """Find the study that a key such as `ts` or `ts-demo` is of; no package of a user's can take a built-in one's.

    Raises:
        UserError: no such study is registered, or its package cannot be imported.
    """
    name = key.partition("-")[0]
    return BUILT_IN[name] if name in BUILT_IN else cast(Study[Any], outside_study(name))


def all_studies() -> list[Study[Any]]:
    """Load every registered study, the paper's first.

    Raises:
        UserError: the package of one cannot be imported.
    """
    return [study_of(name) for name in study_names()]
