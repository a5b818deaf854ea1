"""A folder with a user's pyproject.toml, on the path as pip would have installed it, in place."""

import os
import sys
import tomllib
from pathlib import Path

import pytest


def install(project: str, place: Path, monkeypatch: pytest.MonkeyPatch, *code: Path) -> None:
    """Write the entry points of the pyproject.toml `project` to `place`; `code` are the folders with its modules."""
    described = place / "theirs-1.0.dist-info"
    described.mkdir(parents=True)
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    groups = tomllib.loads(project)["project"]["entry-points"]
    lines = [
        line for group, points in groups.items() for line in (f"[{group}]", *(f"{k} = {v}" for k, v in points.items()))
    ]
    (described / "entry_points.txt").write_text("\n".join([*lines, ""]))
    paths = [str(place), *map(str, code)]
    monkeypatch.setattr(sys, "path", [*paths, *sys.path])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
