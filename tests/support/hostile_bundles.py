"""Bundles with one thing changed in them, all checksums fitting: a stranger can make any."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.made_bundles import contents, repacked

SPECS = "spec.json"


def with_files(packed: Path, path: Path, **files: bytes) -> Path:
    """The bundle with these files added or replaced."""
    return repacked(path, contents(packed) | files)


def with_specs(packed: Path, path: Path, study: str, change: Callable[[dict[str, Any]], None]) -> Path:
    """The bundle with every spec and every launched run of a study changed; folders are renamed to fit."""
    files: dict[str, bytes] = {}
    for name, content in contents(packed).items():
        if name.startswith(f"runs/{study}/"):
            if name.endswith("manifest.json"):
                values = json.loads(content)
                for run in values["runs"]:
                    change(run)
                    run.pop("id")
                content = json.dumps(values).encode()
            elif name.endswith(SPECS):
                values = json.loads(content)
                change(values)
                values.pop("id")
                content = json.dumps(values).encode()
        files[name] = content
    return repacked(path, files)
