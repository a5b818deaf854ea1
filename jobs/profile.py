"""Where runs execute: one TOML file describes one cluster. Experiments know nothing of it.

A profile is named by `--profile` or XDOMAIN_PROFILE: a path, or the stem of a file in jobs/profiles/.
"""

import dataclasses
import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xdomain.errors import UserError

SHIPPED = Path(__file__).parent / "profiles"


@dataclass(frozen=True)
class Profile:
    """A cluster's settings. The defaults ask for one GPU of any type from the default partition."""

    partition: str | None = None
    account: str | None = None
    gpu_type: str | None = None  # such as a100; any type where it is not given
    gpus: int = 1  # per run; 0 for a CPU-only cluster
    time: str = "04:00:00"  # limit of one attempt, as [days-]hours:minutes:seconds
    memory: str = "16G"  # per run
    cpus_per_gpu: int = 4
    throttle: int = 64  # runs at the same time, over all of a launch
    array_limit: int = 1000  # elements of one array; the cluster's MaxArraySize
    signal_seconds: int = 120  # warning before the time limit: longer than an epoch
    modules: tuple[str, ...] = ()  # loaded on the node before the run starts
    environment: dict[str, str] = field(default_factory=dict)  # such as NCCL_SOCKET_IFNAME

    def __post_init__(self) -> None:
        if not re.fullmatch(r"(\d+-)?\d{1,3}:\d{2}:\d{2}", self.time):
            raise UserError(f"time = {self.time!r}: write a limit as hours:minutes:seconds, such as 04:00:00.")
        for name in ("throttle", "array_limit", "cpus_per_gpu"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} = {getattr(self, name)}: takes a number of 1 or more.")

    @property
    def minutes(self) -> int:
        """The time limit in whole minutes, the unit of submitit."""
        days, _, clock = self.time.rpartition("-")
        hours, minutes, seconds = (int(part) for part in clock.split(":"))
        return max(1, (int(days or 0) * 24 + hours) * 60 + minutes + (seconds > 0))

    @property
    def cpus(self) -> int:
        """CPUs of one run."""
        return self.cpus_per_gpu * max(1, self.gpus)

    @property
    def gres(self) -> str | None:
        """Slurm's name for the GPUs of one run, such as gpu:a100:1."""
        if not self.gpus:
            return None
        return ":".join(["gpu", *([self.gpu_type] if self.gpu_type else []), str(self.gpus)])


def load_profile(name: str | None) -> Profile:
    """The profile that `name`, else XDOMAIN_PROFILE, names; the defaults where neither is given.

    Raises:
        UserError: no such profile, not TOML, an unknown key or a value of another type; says the valid ones.
    """
    name = name or os.environ.get("XDOMAIN_PROFILE")
    if not name:
        return Profile()
    path = Path(name)
    if not path.suffix:
        path = SHIPPED / f"{name}.toml"
    if not path.exists():
        shipped = ", ".join(sorted(p.stem for p in SHIPPED.glob("*.toml")))
        raise UserError(f"There is no profile {name!r}. Give the path of a TOML file, or one of: {shipped}.")
    try:
        values = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path} is not valid TOML: {error}.") from error
    return _checked(values, path)


def _checked(values: dict[str, Any], path: Path) -> Profile:
    fields = {f.name: f for f in dataclasses.fields(Profile)}
    unknown = sorted(values.keys() - fields)
    if unknown:
        raise UserError(f"{path}: unknown key {', '.join(unknown)}. A profile may have: {', '.join(fields)}.")
    for key, value in values.items():
        wanted = {"gpus": int, "modules": list, "environment": dict}.get(key, type(fields[key].default))
        wanted = str if wanted is type(None) else wanted
        if type(value) is not wanted:
            raise UserError(f"{path}: {key} = {value!r} has to be of type {wanted.__name__}.")
    if "modules" in values:
        values["modules"] = tuple(values["modules"])
    try:
        return Profile(**values)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
