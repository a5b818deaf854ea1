"""Keep what a run leaves behind, and say what may be concluded from it.

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
from typing import TYPE_CHECKING, Any, TypeVar

from xdomain.core.errors import UserError
from xdomain.core.files import LARGEST_JSON, file_system_now, read_bytes, read_json, write_json
from xdomain.core.roots import runs_root
from xdomain.specs.read import read_spec
from xdomain.specs.spec import RENAMED, RunSpec

if TYPE_CHECKING:
    from xdomain.schema.result import RunResult

Run = TypeVar("Run", bound=RunSpec)

RESULT_FORMAT = 1
FINISHED, DIVERGED, NONFINITE = "finished", "diverged", "nonfinite"  # the values of result["status"]
STALE = ".stale-"  # in the name of a folder that a newer run of the same id has replaced
VALIDATION = "validation"  # the name of the validation clips among the evaluated sets


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run and the names in it."""

    path: Path

    @classmethod
    def of(cls, spec: RunSpec, runs: Path | None = None) -> "RunFolder":
        """Name the folder of `spec` below the runs root, or below `runs`."""
        return cls((runs or runs_root()) / spec.id)

    @property
    def spec_file(self) -> Path:
        """The run's spec, as its first attempt wrote it."""
        return self.path / "spec.json"

    @property
    def claim_file(self) -> Path:
        """The claim of the process that works on the run."""
        return self.path / "claim.json"

    @property
    def attempts_file(self) -> Path:
        """The events of every attempt, one a line."""
        return self.path / "attempts.jsonl"

    @property
    def metrics_file(self) -> Path:
        """The metrics of every epoch."""
        return self.path / "metrics.csv"

    @property
    def checkpoints(self) -> Path:
        """The folder of the checkpoints."""
        return self.path / "checkpoints"

    @property
    def result_file(self) -> Path:
        """The result, which is there once the run is finished."""
        return self.path / "result.json"

    def predictions_file(self, name: str) -> Path:
        """Name the file with the scores on `validation` or on a domain."""
        return self.path / "predictions" / f"{name}.parquet"

    def is_finished(self) -> bool:
        """Tell whether there is a result; whatever a scheduler says, nothing else counts."""
        return self.result_file.exists()

    def result(self) -> dict[str, Any]:
        """Read the finished run's result as JSON has it, fields of later versions included; raises as `read_result`."""
        return self._checked_result()[1]

    def read_result(self) -> "RunResult":
        """Read the finished run's result.

        Raises:
            UserError: the file is damaged, of another format, or of another run; names the field.
        """
        return self._checked_result()[0]

    def _checked_result(self) -> "tuple[RunResult, dict[str, Any]]":
        from xdomain.core.record import checked
        from xdomain.schema.result import RunResult

        values = read_json(self.result_file)
        if not isinstance(values, dict) or values.get("format") != RESULT_FORMAT:
            raise UserError(
                f"{self.result_file} is of another format than this version writes ({RESULT_FORMAT}). "
                "Use the version that wrote it, or remove the file to run again."
            )
        result = checked(RunResult, values, str(self.result_file), "Remove it and launch the run again.")
        if not self.path.as_posix().endswith(f"/{result.id}"):
            raise UserError(f"{self.result_file} is of the run {result.id}. Move it to that run's folder.")
        return result, values

    def require_same_spec(self, spec: RunSpec) -> None:
        """Refuse to mix two different runs in one folder.

        Raises:
            UserError: the folder holds another spec; names the values that differ.
        """
        if not self.spec_file.exists():
            return
        # Through RunSpec, so that a field that came later has its default in a folder from before.
        theirs, ours = (
            flatten(read_spec(read_json(self.spec_file), self.spec_file).to_dict()),
            flatten(spec.to_dict()),
        )
        differing = sorted(key for key in theirs.keys() | ours.keys() if theirs.get(key) != ours.get(key))
        if differing:
            shown = ", ".join(f"{key} is {theirs.get(key)} there and {ours.get(key)} here" for key in differing)
            if "revision" in differing:
                renamed = " and ".join(f"{now} was called {then}" for then, now in RENAMED.items())
                shown += f"; in revision 1 {renamed}"
            raise UserError(
                f"{self.path} holds a different run under the same id ({shown}). "
                "Give this one another --tag, or move that folder away."
            )

    def write_spec(self, spec: RunSpec) -> None:
        """Say what this run is, before any work."""
        self.require_same_spec(spec)
        if not self.spec_file.exists():
            write_json(self.spec_file, spec.to_dict())

    def remove_unfinished_files(self) -> None:
        """Remove what a killed attempt was writing; call it while holding the claim, which makes this the only writer.

        The spec is left out: a launch writes it without a claim.
        """
        for pattern in (".result.json.*.tmp", "*/.*.tmp"):
            for unfinished in self.path.glob(pattern):
                unfinished.unlink(missing_ok=True)

    def record_attempt(self, **event: Any) -> dict[str, Any]:
        """Append one line to attempts.jsonl and return what it holds; a single small append is not split by others."""
        with self.attempts_file.open("ab+") as file:
            truncated = file.seek(0, os.SEEK_END) > 0 and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n"
            values = {"time": round(file_system_now(self.path), 3), **event}
            file.write(f"{chr(10) if truncated else ''}{json.dumps(values)}\n".encode())
        return values

    def attempts(self) -> list[dict[str, Any]]:
        """List every event so far; a line truncated by a kill is left out.

        Raises:
            UserError: a complete line is none of an attempt's.
        """
        from xdomain.core.record import checked
        from xdomain.schema.result import AttemptEvent

        if not self.attempts_file.exists():
            return []
        events = []
        text = read_bytes(self.attempts_file, LARGEST_JSON).decode(errors="replace")
        for number, line in enumerate(text.split("\n"), start=1):
            try:
                values = json.loads(line)
            except (ValueError, RecursionError):
                continue  # the truncated line of a killed writer
            source = f"{self.attempts_file}, line {number},"
            event = checked(AttemptEvent, values, source, "Remove that line, then give the command again.")
            events.append(event.model_dump(exclude_unset=True))
        return events


def as_begun(spec: Run) -> Run:
    """Read the spec in the run's folder, if it was ever begun; else it is the given one.

    Raises:
        UserError: the file is damaged, or of another kind of run.
    """
    stored = RunFolder.of(spec).spec_file
    if not stored.exists():
        return spec
    begun = read_spec(read_json(stored), stored)
    if not isinstance(begun, type(spec)):
        raise UserError(f"{stored} is of another kind of run than {spec.id} is. Move the folder away.")
    return begun


def nonfinite_sentence(entries: list[dict[str, Any]]) -> str:
    """Say on which sets, at which epochs and from which clip on a run's scores are NaN or infinite.

    `entries` is `result["nonfinite"]`: of each set (and epoch, where several are evaluated) the first such clip and how
    many there are.
    """

    def place(entry: dict[str, Any]) -> str:
        epoch = f" at epoch {entry['epoch']}" if "epoch" in entry else ""
        more = f" and {entry['clips'] - 1} more" if entry["clips"] > 1 else ""
        return f"{entry['set']}{epoch} (clip {entry['clip']}{more})"

    return f"scores are NaN or infinite on {', '.join(map(place, entries))}"


def flatten(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Flatten `{"train": {"lr": 1}}` to `{"train.lr": 1}`."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def stored_specs() -> dict[str, Path]:
    """Find the spec file of every run that was ever begun below the runs root, by the run's id."""
    files = sorted(runs_root().glob("*/*/*/h*/seed*/spec.json"))
    # A folder that was moved aside keeps the run's id in its name, with an ending that no id has.
    return {file.parent.relative_to(runs_root()).as_posix(): file for file in files if STALE not in file.parent.name}
