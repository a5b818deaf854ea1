"""Which studies have results, by their files alone: no study's analysis is loaded."""

from importlib.metadata import entry_points

from xdomain.core.errors import UserError
from xdomain.core.roots import runs_root
from xdomain.specs.registry import is_own
from xdomain.studies import diving48, temporal_shape

GROUP = "xdomain.analyses"  # of the entry points by which packages add studies


def studies_with_results() -> list[str]:
    """List the studies below the runs root in which a run has ended.

    Temporal Shape first, then Diving48, those of packages and those that a file described, each with its variants.

    Raises:
        UserError: there is none.
    """
    keys = {path.relative_to(runs_root()).parts[0] for path in runs_root().glob("*/*/*/h*/seed*/result.json")}
    own = sorted({key.partition("-")[0] for key in keys if is_own(key.partition("-")[0])})
    packages = sorted(entry.name for entry in entry_points(group=GROUP))
    order = dict.fromkeys((temporal_shape.STUDY, diving48.STUDY, *packages, *own))
    studies = [key for study in order for key in sorted(keys) if key == study or key.startswith(f"{study}-")]
    if not studies:
        raise UserError(
            f"No run below {runs_root()}/ has a result yet, so there is nothing to report. Make some with: make demo, "
            "or python -m jobs.launch. Runs that live elsewhere are found through XDOMAIN_RUNS."
        )
    return list(dict.fromkeys(studies))
