"""Which studies have an analysis: the two that come with the project, and those of installed packages.

A package of yours adds one by an entry point, whose name is the study's:

    [project.entry-points."xdomain.analyses"]
    mystudy = "mypackage.analysis:ANALYSIS"

A study that a file describes has the one of `analysis/own/`, once it was launched.

`analysis/studies/base.py: StudyAnalysis` says what the object has to be.
"""

import inspect
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from analysis.diving48.claims.study import PaperDiving48
from analysis.own.study import OwnAnalysis
from analysis.runs.studies import GROUP
from analysis.runs.unchanged import ROOT, Sources
from analysis.studies.base import StudyAnalysis
from analysis.temporal_shape.study import TemporalShape
from xdomain.core.errors import UserError
from xdomain.core.names import did_you_mean
from xdomain.core.roots import runs_root
from xdomain.specs.registry import is_own, root_of_own
from xdomain.studies.own import stored_study

BUILT_IN: tuple[StudyAnalysis[Any], ...] = (TemporalShape(), PaperDiving48())


def analyses() -> list[StudyAnalysis[Any]]:
    """List the analysis of every study, those of installed packages last.

    Raises:
        UserError: a package's cannot be used.
    """
    found = {analysis.key: analysis for analysis in BUILT_IN}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        package = f"The study {entry.name!r} of the package {entry.dist.name if entry.dist else entry.value}"
        try:
            analysis = entry.load()
        except Exception as error:
            raise UserError(f"{package} cannot be loaded ({error!r}). Correct or uninstall that package.") from error
        if not isinstance(analysis, StudyAnalysis) or analysis.key != entry.name or analysis.key in found:
            raise UserError(
                f"{package} is no analysis of its own: {entry.value} has to be a StudyAnalysis whose key is the entry "
                "point's name, and that no other study has. Correct or uninstall that package."
            )
        found[analysis.key] = analysis
    return list(found.values())


def analysis_of(study_key: str) -> StudyAnalysis[Any]:
    """Return the analysis of the study that `study_key` is, or is a variant of.

    Raises:
        UserError: there is no such study; says which there are.
    """
    name = study_key.partition("-")[0]
    if name not in [one.key for one in BUILT_IN] and is_own(name):
        return OwnAnalysis(stored_study(name, root_of_own(name)))
    known = analyses()
    fitting = [one for one in known if study_key == one.key or study_key.startswith(f"{one.key}-")]
    if not fitting:
        there = sorted(path.parent.name for path in runs_root().glob("*/launches"))
        raise UserError(
            f"There is no study {study_key!r}.{did_you_mean(study_key, [*there, *(one.key for one in known)])} "
            f"Here are {', '.join(one.key for one in known)} and variants of theirs, such as {known[0].key}-demo. "
            "A package's study is there once the package is installed."
            + (f" Studies that have runs: {', '.join(there)}." if there else "")
        )
    return max(fitting, key=lambda one: len(one.key))


def sources_of(study_key: str) -> Sources:
    """Say what decides a study's output beside its runs and this project's code."""
    analysis = analysis_of(study_key)
    return Sources(analysis.other_studies(study_key), tuple(map(str, code_of(analysis))))


def code_of(analysis: StudyAnalysis[Any]) -> list[Path]:
    """List the modules of a package's study, which decide its tables as this project's code does."""
    module = Path(inspect.getfile(type(analysis)))
    if module.is_relative_to(ROOT / "analysis"):
        return []
    return sorted(module.parent.rglob("*.py")) if (module.parent / "__init__.py").exists() else [module]
