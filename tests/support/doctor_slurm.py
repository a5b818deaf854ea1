"""A Slurm for the doctor: programs that say what the test tells them to."""

import json
from pathlib import Path

from xdomain.runs.provenance import code_version

CONFIG = "SLURM_VERSION = 23.11.4\nMaxArraySize = 1001\nJobRequeue = 1\n"
PARTITION = "PartitionName=main AllowAccounts=ALL Default=YES MaxTime=UNLIMITED State=UP\n"
REPORT = {
    "host": "node1",
    "image": None,
    "python": "3.11.9",
    "executable": "/usr/bin/python",
    "cpus": 2,
    "memory_mb": 1024,
    "folders": {"/runs": "writable"},
    "scratch": {"/dev/shm": {"path": "/dev/shm", "free": 64e9, "system": "tmpfs"}},
    "internet": {"host": "x", "proxy": False, "error": "timed out"},
    "driver": None,
    "torch": {"version": "2.9", "cuda": None, "gpus": [], "gpu_error": None},
    "allreduce": {"backend": "gloo", "ranks": 2, "gigabytes_per_second": 1.5},
}
JOB = "77"


class Slurm:
    """Programs first on the PATH; job 77 is taken, and waits until the test says what becomes of it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        (folder / "config").write_text(CONFIG)
        (folder / "partition").write_text(PARTITION)
        self.program("scontrol", f'case "$*" in *config) cat {folder}/config;; *) cat {folder}/partition;; esac')
        self.program("sinfo", "echo 'main|8|16000|(null)|idle'")
        self.program("sacct", "exit 1")
        self.program("srun", "exit 1")
        self.program("scancel", f'echo "$*" >> {folder}/cancelled')
        # What sbatch is given lies in the probe's own folder, where the job leaves its report and its log.
        self.program("sbatch", f"dirname \"$1\" > {folder}/probe; echo 'Submitted batch job {JOB}'")
        self.job("echo 'PENDING|None'")

    def program(self, name: str, script: str) -> None:
        (self.folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.folder / name).chmod(0o755)

    def job(self, script: str) -> None:
        """What squeue says of the job, and what has happened to it by then; `$probe` is its folder."""
        own = f'case " $* " in *" --jobs "*) probe=$(cat {self.folder}/probe)\n{script};; esac'
        self.program("squeue", own)

    def report(self, phase: str, **values: object) -> str:
        """A line of a script that leaves a report of this phase in the probe's folder, with the clock of then."""
        facts = REPORT | {"phase": phase, "code_version": code_version(), "signal_clock": None} | values
        file = self.folder / f"{phase}.json"
        file.write_text(json.dumps(facts)[:-1])
        complete = f'(cat {file}; echo ", \\"ready_clock\\": $(date +%s)}}") > $probe/{phase}'
        moved = f"cp $probe/{phase} $probe/part; mv $probe/part $probe/report.json"
        return f"[ -e $probe/{phase} ] || {{ {complete}; {moved}; }}"

    @property
    def cancelled(self) -> list[str]:
        """What scancel was asked for, call by call."""
        file = self.folder / "cancelled"
        return file.read_text().splitlines() if file.exists() else []
