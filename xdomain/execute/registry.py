"""The registry of studies: the built-in two, those of users' files, and those that packages of users add.

`xdomain/specs/registry.py` says where the latter come from.
"""

from typing import Any, cast

from xdomain.execute.diving48 import STUDY as DIVING48
from xdomain.execute.own import OwnVideoStudy
from xdomain.execute.temporal_shape import STUDY as TEMPORAL_SHAPE
from xdomain.specs.registry import is_own, outside_study, root_of_own, study_names
from xdomain.studies.base import Study
from xdomain.studies.own import stored_study

BUILT_IN: dict[str, Study[Any]] = {study.key: study for study in (TEMPORAL_SHAPE, DIVING48)}


def study_of(key: str) -> Study[Any]:
    """Find the study that a key such as `ts` or `ts-demo` is of; no package of a user's can take a built-in one's.

    Raises:
        UserError: no such study is registered, its package cannot be imported, or what the runs root keeps is damaged.
    """
    name = key.partition("-")[0]
    if name in BUILT_IN:
        return BUILT_IN[name]
    return (
        OwnVideoStudy(stored_study(name, root_of_own(name))) if is_own(name) else cast(Study[Any], outside_study(name))
    )


def all_studies() -> list[Study[Any]]:
    """Load every registered study, the paper's first.

    Raises:
        UserError: the package of one cannot be imported.
    """
    return [study_of(name) for name in study_names()]
