"""Ask Slurm's accounting what jobs used: the memory that they came to, and how much of their CPUs."""

import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from jobs.backends.slurm_command import run_slurm
from xdomain.core.errors import UserError
from xdomain.runs.attempt_record import attempts_of
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.spec import RunSpec

BYTES = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
JOB = re.compile(r"[0-9]+(_[0-9]+)?")
AT_ONCE = 1000  # jobs in one question
CLOCK = re.compile(r"(?:(?:(\d+)-)?(\d+):)?(\d+):(\d+(?:\.\d+)?)")  # [[days-]hours:]minutes:seconds


@dataclass(frozen=True)
class Measured:
    """What jobs used, over all of their starts."""

    memory: float = 0.0  # bytes, at the peak of the process that had most
    busy: float = 0.0  # CPU seconds
    granted: float = 0.0  # seconds of all CPUs that they had

    def __add__(self, other: "Measured") -> "Measured":
        return Measured(max(self.memory, other.memory), self.busy + other.busy, self.granted + other.granted)

    @property
    def share(self) -> float | None:
        """The part of the CPUs' time that was used; None where that is not known."""
        return self.busy / self.granted if self.granted else None


@dataclass(frozen=True)
class Accounts:
    """What the accounting knows by (study with its variant, model), or why it does not answer."""

    by_model: dict[tuple[str, str], Measured] = field(default_factory=dict)
    error: str = ""


def accounts_of(specs: Iterable[RunSpec]) -> Accounts:
    """Ask what the jobs of these runs used; a job that carried several runs counts once."""
    jobs: dict[tuple[str, str], set[str]] = {}
    for spec in specs:
        with suppress(OSError, UserError):  # unreadable, which its state says
            ours = {attempt.job or "" for attempt in attempts_of(RunFolder.of(spec))}
            jobs.setdefault((spec.study_key, spec.model.name), set()).update(filter(JOB.fullmatch, ours))
    every = sorted(set().union(*jobs.values()))
    if not every or shutil.which("sacct") is None:
        return Accounts()
    known: dict[str, Measured] = {}
    for first in range(0, len(every), AT_ONCE):
        ids = ",".join(every[first : first + AT_ONCE])
        # All starts of a requeued job, however long ago.
        words = ["sacct", f"--jobs={ids}", "--duplicates", "--starttime=2000-01-01", "--noheader", "--parsable2"]
        words.append("--format=JobID,MaxRSS,TotalCPU,CPUTimeRAW")
        done = run_slurm(words)
        if done.returncode:
            return Accounts(error=(done.stderr.strip() or "no reason given").splitlines()[0])
        for line in done.stdout.splitlines():
            job, measured = _understood(line)
            known[job] = known.get(job, Measured()) + measured
    sums = {key: sum((known[job] for job in ours if job in known), start=Measured()) for key, ours in jobs.items()}
    return Accounts({key: measured for key, measured in sums.items() if measured != Measured()})


def _understood(line: str) -> tuple[str, Measured]:
    """Read a line of sacct's: a job has the CPUs' time, each of its steps (ID.batch, ID.0) the memory of its own."""
    id_, memory, busy, granted = line.split("|")
    job, _, step = id_.partition(".")
    peak = re.fullmatch(r"([\d.]+)([KMGT]?)", memory)
    size = float(peak[1]) * BYTES[peak[2]] if peak else 0.0
    if step:
        return job, Measured(size)
    return job, Measured(size, _seconds(busy), float(granted or 0))


def _seconds(clock: str) -> float:
    found = CLOCK.fullmatch(clock)
    if found is None:
        return 0.0
    days, hours, minutes = (int(part or 0) for part in found.groups()[:3])
    return ((days * 24 + hours) * 60 + minutes) * 60 + float(found[4])
