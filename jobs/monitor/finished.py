"""Remember what finished runs came to: of each only its result file's status is asked for again, nothing is opened.

A result file that was replaced, edited or removed has another inode, size or time, and its run is looked at anew.
"""

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

from jobs.monitor.usage import Usage
from jobs.state.state import DONE, RunState
from xdomain.core.errors import UserError
from xdomain.core.files import write_json
from xdomain.core.roots import runs_root
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.spec import RunSpec

FORMAT = 1


class FinishedRuns:
    """State and cost of each run that was seen finished, by its id and its result file's identity."""

    def __init__(self) -> None:
        self._path = runs_root() / f".finished-{os.getuid()}.json"
        self._known: dict[str, Any] = _read(self._path)
        self._changed = False

    def find(self, spec: RunSpec) -> tuple[RunState, Usage] | None:
        """Return what is known of this run; None unless its result file is the one that was read then."""
        known = self._known.get(spec.id)
        if known is None or known["result"] != _identity(RunFolder.of(spec).result_file):
            return None
        return RunState(spec, known["state"], known["reason"]), Usage(**known["usage"])

    def add(self, state: RunState, usage: Usage) -> None:
        """Remember a finished run."""
        identity = _identity(RunFolder.of(state.spec).result_file)
        if state.state in DONE and identity:
            values = {"result": identity, "state": state.state, "reason": state.reason}
            self._known[state.spec.id] = values | {"usage": dataclasses.asdict(usage)}
            self._changed = True

    def save(self) -> None:
        """Keep it for the next look."""
        if not self._changed:
            return
        try:
            write_json(self._path, {"format": FORMAT, "runs": self._known})
        except (OSError, UserError):  # a folder that is only read here, or a full disk: the next look takes longer
            return
        self._changed = False


def _identity(file: Path) -> list[int] | None:
    try:
        stat = file.stat()
    except OSError:
        return None
    return [stat.st_ino, stat.st_size, stat.st_mtime_ns]


def _read(path: Path) -> dict[str, Any]:
    names = {field.name for field in dataclasses.fields(Usage)}
    try:
        values = json.loads(path.read_text())
        if values["format"] == FORMAT and all(run["usage"].keys() == names for run in values["runs"].values()):
            return values["runs"]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):  # absent, or damaged: looking anew costs little
        return {}
    return {}
