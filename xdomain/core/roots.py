"""Where data, runs and results live: XDOMAIN_DATA, XDOMAIN_RUNS, XDOMAIN_RESULTS, else ./data, ./runs, ./results."""

import os
from pathlib import Path

from xdomain.core.errors import UserError

STREAM = "XDOMAIN_STREAM"  # where it is set, an archive's own videos are decoded while they are used, without a cache


def data_root() -> Path:
    """Return the folder of clip sets and downloaded digits."""
    return _root("XDOMAIN_DATA", "data")


def runs_root() -> Path:
    """Return the folder with one folder a run, and one a launch."""
    return _root("XDOMAIN_RUNS", "runs")


def results_root() -> Path:
    """Return the folder of tables and figures."""
    return _root("XDOMAIN_RESULTS", "results")


def _root(variable: str, otherwise: str) -> Path:
    return expand_home(Path(os.environ.get(variable) or otherwise))


def expand_home(path: Path) -> Path:
    """Replace a leading ~ of `path` by the home folder.

    Raises:
        UserError: nobody says where that is.
    """
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise UserError(f"{path} begins with ~, and there is no home folder: write the full path.") from error
