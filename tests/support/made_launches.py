"""Launches and runs made by hand: manifests, submitit's files, attempts, and a squeue that answers from a file."""

import json
import os
from pathlib import Path

from jobs.records.manifest import write_manifest
from jobs.records.submission import SUBMISSION
from xdomain.runs.run_folder import RESULT_FORMAT, RunFolder
from xdomain.schema.launch import Manifest
from xdomain.specs.spec import RunSpec


class Squeue:
    """Programs on the PATH in Slurm's stead: squeue prints `lines` and counts; scancel only notes its words."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.answer = folder, folder / "answer"
        self.say()
        self._program("sbatch", "exit 1")
        self._program("sacct", "exit 0")  # it knows of nothing
        self._program("scancel", f'echo "$@" >> {folder}/cancelled')
        self._program("squeue", f"echo asked >> {folder}/asked; cat {self.answer}")

    def _program(self, name: str, script: str) -> None:
        program = self.folder / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def say(self, *lines: str) -> None:
        """What squeue answers from now on: `job|state|start|reason|name`."""
        self.answer.write_text("".join(f"{line}\n" for line in lines))

    def fall_silent(self) -> None:
        """As with a controller that is down."""
        self._program("squeue", f"echo asked >> {self.folder}/asked; echo 'Unable to contact controller' >&2; exit 1")

    @property
    def asked(self) -> int:
        file = self.folder / "asked"
        return len(file.read_text().splitlines()) if file.exists() else 0

    @property
    def cancelled(self) -> list[str]:
        file = self.folder / "cancelled"
        return file.read_text().split() if file.exists() else []


def submitted(specs: list[RunSpec], array: int = 100, pack: int = 1, age: float = 0) -> tuple[Manifest, str]:
    """A launch of `specs` as Slurm's array job `array`, `age` seconds ago; and its job name."""
    manifest = write_manifest(specs, None, pack=pack)
    manifest.logs.mkdir()
    name = f"xdomain.{specs[0].study_key}.{manifest.stamp}.0"
    tasks = [[spec.id for spec in specs[first : first + pack]] for first in range(0, len(specs), pack)]
    # An array of one element would have no index.
    add_job(manifest.path.parent, str(array), name, "runs", tasks if len(tasks) > 1 else [*tasks, []])
    submission = manifest.path.with_name(SUBMISSION)
    now = submission.stat().st_mtime
    os.utime(submission, (now - age, now - age))
    return manifest, name


def add_job(launch: Path, job: str, name: str, step: str, tasks: list[list[str]]) -> None:
    """Write in a launch's submission.json that Slurm has taken this job, whose tasks carry these runs."""
    file = launch / SUBMISSION
    values = json.loads(file.read_text()) if file.exists() else {"jobs": [], "submitted": []}
    values["submitted"].append({"id": job, "name": name, "step": step, "tasks": tasks})
    file.write_text(json.dumps(values | {"jobs": [*values["jobs"], job]}))


def start(spec: RunSpec, attempt: int = 1, **values) -> RunFolder:
    """Record that an attempt began."""
    folder = RunFolder.of(spec)
    folder.path.mkdir(parents=True, exist_ok=True)
    known = {"host": "node7", "pid": 1, "job": None, "log": None, "gpus": 1.0}
    folder.record_attempt(event="start", attempt=attempt, **known | values)
    return folder


def end(spec: RunSpec, outcome: str, reason: str = "", attempt: int = 1, seconds: float = 1.0, **values) -> None:
    """Record that an attempt ended."""
    RunFolder.of(spec).record_attempt(
        event="end", attempt=attempt, outcome=outcome, reason=reason, seconds=seconds, **values
    )


def leave_result(spec: RunSpec, **result) -> None:
    """Write a result of a finished run."""
    folder = RunFolder.of(spec)
    folder.path.mkdir(parents=True, exist_ok=True)
    provenance = {"code_version": "c0de", "device": "CPU"}
    known = {"format": RESULT_FORMAT, "id": spec.id, "status": "finished", "provenance": provenance, "data": {}}
    folder.result_file.write_text(json.dumps(known | result))
