"""What a run leaves behind, and what may be concluded from it.

runs/ts/2dot/convlstm/h16/seed42/
    spec.json          the RunSpec, written before work starts
    claim.json         who works on it now (absent when nobody does)
    attempts.jsonl     one line when an attempt starts, one when it ends
    metrics.csv        one row per epoch
    checkpoints/       best.ckpt and the last two epochs
    predictions/       <domain>.parquet: clip, label, score_0 ... (logits), one row per clip
    result.json        written last, atomically: only this means finished
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xdomain.errors import UserError
from xdomain.files import file_system_now, read_json, write_json
from xdomain.roots import runs_root
from xdomain.spec import RunSpec

RESULT_FORMAT = 1
FINISHED, DIVERGED = "finished", "diverged"  # the two values of result["status"]
STALE = ".stale-"  # in the name of a folder that a newer run of the same id has replaced
VALIDATION = "validation"  # the name of the validation clips among the evaluated sets


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run and the names in it."""

    path: Path

    @classmethod
    def of(cls, spec: RunSpec) -> "RunFolder":
        """The folder of `spec` below the runs root."""
        return cls(runs_root() / spec.id)

    @property
    def spec_file(self) -> Path:
        return self.path / "spec.json"

    @property
    def claim_file(self) -> Path:
        return self.path / "claim.json"

    @property
    def attempts_file(self) -> Path:
        return self.path / "attempts.jsonl"

    @property
    def metrics_file(self) -> Path:
        return self.path / "metrics.csv"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def result_file(self) -> Path:
        return self.path / "result.json"

    def predictions_file(self, name: str) -> Path:
        """`validation` or a domain's name."""
        return self.path / "predictions" / f"{name}.parquet"

    def is_finished(self) -> bool:
        """Whether there is a result; whatever a scheduler says, nothing else counts."""
        return self.result_file.exists()

    def result(self) -> dict[str, Any]:
        """The finished run's result.

        Raises:
            UserError: the file is torn or of another format.
        """
        result = read_json(self.result_file)
        if not isinstance(result, dict) or result.get("format") != RESULT_FORMAT:
            raise UserError(
                f"{self.result_file} is of another format than this version writes ({RESULT_FORMAT}). "
                "Use the version that wrote it, or remove the file to run again."
            )
        return result

    def require_same_spec(self, spec: RunSpec) -> None:
        """Refuse to mix two different runs in one folder.

        Raises:
            UserError: the folder holds another spec; names the values that differ.
        """
        if not self.spec_file.exists():
            return
        # Through RunSpec, so that a field that came later has its default in a folder from before.
        theirs, ours = flatten(RunSpec.from_dict(read_json(self.spec_file)).to_dict()), flatten(spec.to_dict())
        differing = sorted(key for key in theirs.keys() | ours.keys() if theirs.get(key) != ours.get(key))
        if differing:
            shown = ", ".join(f"{key} is {theirs.get(key)} there and {ours.get(key)} here" for key in differing)
            raise UserError(
                f"{self.path} holds a different run under the same id ({shown}). "
                "Give this one another --tag, or move that folder away."
            )

    def write_spec(self, spec: RunSpec) -> None:
        """Say what this run is, before any work."""
        self.require_same_spec(spec)
        if not self.spec_file.exists():
            write_json(self.spec_file, spec.to_dict())

    def record_attempt(self, **event: Any) -> None:
        """Append one line to attempts.jsonl; a single small append is not torn by others."""
        with self.attempts_file.open("ab+") as file:
            torn = file.seek(0, os.SEEK_END) > 0 and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n"
            line = json.dumps({"time": round(file_system_now(self.path), 3), **event})
            file.write(f"{chr(10) if torn else ''}{line}\n".encode())

    def attempts(self) -> list[dict[str, Any]]:
        """Every event so far; a line cut short by a kill is left out."""
        if not self.attempts_file.exists():
            return []
        events = []
        for line in self.attempts_file.read_text().splitlines():
            try:
                events.append(json.loads(line))
            except ValueError:
                continue  # the torn line of a killed writer
        return events


def flatten(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """`{"train": {"lr": 1}}` -> `{"train.lr": 1}`."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat
