"""The bill before the launch: hours, wall time, disk and files, by what earlier runs of the same kind took."""

import heapq
from dataclasses import dataclass
from pathlib import Path

from jobs.launching.estimates.approximate import approximate_time
from jobs.launching.estimates.durations import earlier_runs, long_first, mean_seconds
from xdomain.core.names import counted
from xdomain.specs.spec import RunSpec


@dataclass(frozen=True)
class Bill:
    """What runs will take; those without a record of their model and size are counted, and in no sum."""

    runs: int
    recorded: int  # runs that the sums are over
    piloted: int  # of these, runs that only a pilot has timed
    unrecorded: tuple[str, ...]  # models and sizes of the others, such as `convlstm h16`
    devices: tuple[str, ...]  # that the records are from
    at_a_time: int
    hours: float  # of all runs, one after another
    gpu_hours: float  # 0 without GPUs
    wall_hours: float  # from the first start to the last end, nothing waited for
    megabytes: float  # of the run folders
    files: int  # in them

    def sentence(self) -> str:
        """Say it in three lines at most."""
        if not self.runs:
            return "estimate: nothing is left to run."
        cost = f"{approximate_time(3600 * self.hours)} of runs"
        if self.gpu_hours:
            cost = f"{self.gpu_hours:.1f} GPU-hours" if self.gpu_hours >= 1 else f"{self.gpu_hours:.2g} GPU-hours"
        where = f" on {', '.join(self.devices)}" if self.devices else ""
        lines = []
        if self.recorded:
            of_all = f"{self.recorded} of {counted(self.runs, 'run')}"
            lines.append(
                f"estimate for {of_all}, by earlier ones of the same study, model "
                f"and size{where}: {cost}, {approximate_time(3600 * self.wall_hours)} with {self.at_a_time} at a time, "
                f"{self.megabytes:.0f} MB in {self.files} files; time in the queue comes on top."
            )
        if self.piloted:
            lines.append(
                f"{self.piloted} of them are estimated by a pilot of two epochs, with all of the epochs that they may "
                "have: early stopping makes it less."
            )
        if self.unrecorded:
            lines.append(
                f"no estimate for {counted(self.runs - self.recorded, 'run')}, since none has finished of "
                f"{', '.join(self.unrecorded)}: --pilot times each kind of training in two epochs first."
            )
        return "\n".join(lines)


def bill(runs: list[RunSpec], at_a_time: int, gpus: float) -> Bill:
    """Estimate what `runs` take, the longest first, so many at a time, on so many GPUs each."""
    earlier = earlier_runs(runs, on_gpu=gpus > 0)
    known = [spec for spec in long_first(runs) if spec.id in earlier]
    seconds = [mean_seconds(earlier[spec.id]) for spec in known]
    sizes = {id(earlier[spec.id]): _disk(earlier[spec.id][0].folder.path) for spec in known}
    disk = [sizes[id(earlier[spec.id])] for spec in known]
    others = dict.fromkeys(f"{s.model.key} h{s.model.hidden}" for s in runs if s.id not in earlier)
    devices = dict.fromkeys(record.device for spec in known for record in earlier[spec.id])
    hours = sum(seconds) / 3600
    return Bill(
        runs=len(runs),
        recorded=len(known),
        piloted=sum(earlier[spec.id][0].is_pilot for spec in known),
        unrecorded=tuple(others),
        devices=tuple(filter(None, devices)),
        at_a_time=at_a_time,
        hours=hours,
        gpu_hours=hours * gpus,
        wall_hours=wall_seconds(seconds, at_a_time) / 3600,
        megabytes=sum(size for size, _ in disk) / 1e6,
        files=sum(count for _, count in disk),
    )


def wall_seconds(seconds: list[float], at_a_time: int) -> float:
    """Simulate runs that start in order, each as soon as one of the places is free."""
    free = [0.0] * at_a_time
    for taken in seconds:
        heapq.heapreplace(free, free[0] + taken)
    return max(free)


def _disk(folder: Path) -> tuple[int, int]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in files), len(files)
