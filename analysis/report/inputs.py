"""What a page is made of, in one digest: the same as last time means the same page."""

import hashlib
import json
import os
from importlib.metadata import version
from pathlib import Path

from analysis.runs.unchanged import ROOT, Sources, inputs_digest
from xdomain.core.roots import data_root, results_root, runs_root
from xdomain.runs.lineage import NAME

CURVES = "*/*/h*/seed*/metrics.csv"
LOOKS = ("analysis/report/assets/*.*", "analysis/report/templates/*.html", "xdomain/pages/templates/*.html")
LIBRARIES = ("jinja2", "markupsafe", "pillow")  # that make pages, beside those that make tables and figures


def page_digest(keys: list[str], out: Path, sources: dict[str, Sources]) -> str:
    """Digest runs, code and looks of the studies' page, and names, sizes and times of the data that it shows."""
    looks = [path for pattern in LOOKS for path in ROOT.glob(pattern)]
    studies, versions = [], [*map(version, LIBRARIES)]
    for key in keys:
        made = (results_root() / key / "tables").glob(NAME)  # it has the tolerance that the page takes over
        more = [*looks, *made, *(runs_root() / key).glob(CURVES)]
        studies.append(inputs_digest(key, ("report", *versions), sources[key], more))
    data = sorted((str(path), status.st_size, status.st_mtime_ns) for path, status in _files(data_root()))
    return hashlib.sha256(json.dumps([studies, data, str(out)]).encode()).hexdigest()


def _files(root: Path) -> list[tuple[Path, os.stat_result]]:
    return [(path, path.stat()) for path in root.rglob("*") if path.is_file()]
