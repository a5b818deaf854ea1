"""Where data, runs and results live: XDOMAIN_DATA, XDOMAIN_RUNS, XDOMAIN_RESULTS, else ./data, ./runs, ./results."""

import os
from pathlib import Path

STREAM = "XDOMAIN_STREAM"  # where it is set, an archive's own videos are decoded while they are used, without a cache


def data_root() -> Path:
    """Clip sets and downloaded digits."""
    return Path(os.environ.get("XDOMAIN_DATA", "data"))


def runs_root() -> Path:
    """One folder a run, and one a launch."""
    return Path(os.environ.get("XDOMAIN_RUNS", "runs"))


def results_root() -> Path:
    """Tables and figures."""
    return Path(os.environ.get("XDOMAIN_RESULTS", "results"))
