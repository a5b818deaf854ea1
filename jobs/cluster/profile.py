"""Describe where runs execute: one TOML file for one cluster. Experiments know nothing of it.

A profile is named by `--profile` or XDOMAIN_PROFILE: a path, or the stem of a file in jobs/profiles/.
"""

import dataclasses
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobs.cluster.sbatch import check_sbatch
from jobs.cluster.toml_file import read_toml, refuse_unknown
from xdomain.core.errors import UserError

SHIPPED = Path(__file__).parent.parent / "profiles"
MEGABYTES = {"K": 1 / 1024, "M": 1, "G": 1024, "T": 1024**2}  # Slurm's units of memory; M where none is given
KINDS = {  # what a value has to be, where it is no string
    list: "a list of strings",
    dict: "a table of strings",
    int: "a whole number",
    bool: "true or false",
    float: "a number",
}
SECRET = re.compile(r"(?i)(^|_)(token|secret|password|passwd|passphrase|credentials?|(api|access|private)?_?key)(_|$)")


@dataclass(frozen=True)
class Profile:
    """A cluster's settings. The defaults ask for one GPU of any type from the default partition."""

    partition: str | None = None  # Slurm's; its default where it is not given
    account: str | None = None  # likewise
    gpu_type: str | None = None  # such as a100; any type where it is not given
    gpus: int = 1  # per run; 0 for a CPU-only cluster
    time: str = "04:00:00"  # limit of one attempt, as [days-]hours:minutes:seconds
    memory: str = "16G"  # per job: of a run, or of those that are packed into it together
    cpus_per_gpu: int = 4  # of a run without a GPU, all of its
    qos: str | None = None  # quality of service, where a cluster sells its limits that way
    constraint: str | None = None  # features a node must have, in Slurm's words, such as "a100|h100"
    exclude: str | None = None  # nodes never to use, such as "node[07,12]"
    image: str | None = None  # Apptainer image; without one, this Python has to exist on the nodes too
    binds: tuple[str, ...] = ()  # further paths an image sees; data, runs and results are always bound
    modules: tuple[str, ...] = ()  # loaded on the node before the run starts
    environment: dict[str, str] = field(default_factory=dict)  # such as NCCL_SOCKET_IFNAME
    array_limit: int = 1000  # elements of one array; at most the cluster's MaxArraySize
    throttle: int = 64  # array elements at the same time, over all of a launch
    pack: int = 1  # runs that share one element, and so its GPU, as separate processes
    mps: bool = False  # packed runs use their GPU at the same time, through NVIDIA's MPS, on nodes where that starts
    signal_seconds: int = 120  # warning before the time limit: longer than an epoch
    max_attempts: int = 20  # starts of one run, after which it is not requeued any more
    retry_factor: float = 2.0  # what `python -m jobs.retry` multiplies with: memory after oom, time after timeout
    retry_max_memory: str | None = None  # at most so much then; without it memory stays as it is
    retry_max_time: str | None = None  # likewise of time
    sbatch: dict[str, str | int | bool] = field(default_factory=dict)  # further options of sbatch, such as reservation

    def __post_init__(self) -> None:
        for text in _texts(dataclasses.asdict(self)):
            if not text.isprintable():  # a line break would end a comment line of the batch script
                raise UserError(f"{text!r} has a line break or control character: write it on one line.")
        for name in self.environment:
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
                raise UserError(f"environment has {name!r}: a variable's name has letters, digits and '_' only.")
            if SECRET.search(name):
                raise UserError(
                    f"environment has {name}: a profile and the batch scripts made of it are no place for a secret. "
                    f"Export {name} in the shell that launches, which hands it on to the jobs."
                )
        if self.gpus < 0:
            raise UserError(f"gpus = {self.gpus}: takes a number of 0 or more.")
        if self.mps and not self.gpus:
            raise UserError("mps = true and gpus = 0: MPS is for runs that share a GPU. Leave mps away.")
        for name in ("throttle", "array_limit", "cpus_per_gpu", "pack", "signal_seconds", "max_attempts"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} = {getattr(self, name)}: takes a number of 1 or more.")
        if not 1 <= self.retry_factor <= 100:
            raise UserError(f"retry_factor = {self.retry_factor}: takes a number from 1 to 100.")
        for name in ("time", "retry_max_time"):
            limit = getattr(self, name)
            if limit is not None and not re.fullmatch(r"([0-9]+-)?[0-9]{1,3}:[0-5][0-9]:[0-5][0-9]", limit):
                raise UserError(f"{name} = {limit!r}: write a limit as hours:minutes:seconds, such as 04:00:00.")
        for name in ("memory", "retry_max_memory"):
            memory = getattr(self, name)
            if memory is not None and not re.fullmatch(r"[0-9]+[KMGT]?", memory):
                raise UserError(f"{name} = {memory!r}: write a number and K, M, G or T, such as 16G.")
        if self.signal_seconds >= 60 * self.minutes:  # the warning would come at the start of every attempt
            raise UserError(f"signal_seconds = {self.signal_seconds} has to be less than time, {self.time}.")
        check_sbatch(self.sbatch)
        if self.image is not None and self.image.startswith(("~", "$")):
            raise UserError(f"image = {self.image!r}: write the full path; no shell reads a profile.")
        for bind in self.binds:
            # Apptainer takes a comma for the start of another bind.
            if not bind.startswith("/") or "," in bind:
                raise UserError(f"binds has {bind!r}: write /path or /path:/path/inside[:ro], without a comma.")

    @property
    def minutes(self) -> int:
        """The time limit in whole minutes, the unit of submitit."""
        return minutes_of(self.time)

    @property
    def cpus(self) -> int:
        """CPUs of one run."""
        return self.cpus_per_gpu * max(1, self.gpus)

    @property
    def megabytes(self) -> float:
        """Memory of one run."""
        return megabytes_of(self.memory)

    @property
    def single(self) -> "Profile":
        """The share of one GPU, for a job that needs no more."""
        if self.gpus <= 1:
            return self
        return dataclasses.replace(self, gpus=1, memory=f"{max(1, int(self.megabytes / self.gpus))}M")

    @property
    def gres(self) -> str | None:
        """Slurm's name for the GPUs of one run, such as gpu:a100:1."""
        if not self.gpus:
            return None
        return ":".join(["gpu", *([self.gpu_type] if self.gpu_type else []), str(self.gpus)])


def minutes_of(limit: str) -> int:
    """Convert a limit such as 1-12:00:00 to minutes, rounded up."""
    days, _, clock = limit.rpartition("-")
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    return max(1, (int(days or 0) * 24 + hours) * 60 + minutes + (seconds > 0))


def megabytes_of(memory: str) -> float:
    """Convert an amount of memory such as 16G to megabytes."""
    return float(memory.rstrip("KMGT")) * MEGABYTES.get(memory[-1], 1)


def _texts(values: Any) -> Iterator[str]:
    if isinstance(values, str):
        yield values
    elif isinstance(values, dict):
        yield from _texts([*values, *values.values()])
    elif isinstance(values, list | tuple):
        for value in values:
            yield from _texts(value)


def load_profile(name: str | None) -> Profile:
    """Load the profile that `name`, else XDOMAIN_PROFILE, names; the defaults where neither is given.

    Raises:
        UserError: no such profile, not TOML, an unknown key or a value of another type; says the valid ones.
    """
    name = name or os.environ.get("XDOMAIN_PROFILE")
    if not name:
        return Profile()
    path, values = read_toml(name, SHIPPED, "profile")
    return _checked(values, path)


def _checked(values: dict[str, Any], path: Path) -> Profile:
    fields = {f.name: f for f in dataclasses.fields(Profile)}
    refuse_unknown(values, fields, str(path), "A profile")
    for key, value in values.items():
        default = getattr(Profile(), key)
        wanted = {type(None): str, tuple: list}.get(type(default), type(default))
        inner = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
        parts = (str, int) if key == "sbatch" else str
        is_number = wanted is float and type(value) is int
        if not (type(value) is wanted or is_number) or not all(isinstance(part, parts) for part in inner):
            raise UserError(f"{path}: {key} = {value!r} has to be {KINDS.get(wanted, 'a string')}.")
    try:
        checked: dict[str, Any] = {key: tuple(val) if isinstance(val, list) else val for key, val in values.items()}
        return Profile(**checked)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
