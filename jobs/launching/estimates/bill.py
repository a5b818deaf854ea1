"""The bill before the launch: hours, wall time, disk and files, by what earlier runs of the same kind took."""

import heapq
from dataclasses import dataclass
from pathlib import Path

from jobs.launching.estimates.durations import earlier_runs, long_first
from xdomain.specs.spec import RunSpec


@dataclass(frozen=True)
class Bill:
    """What runs will take; those without a record of their model and size are counted, and in no sum."""

    runs: int
    recorded: int  # runs that the sums are over
    unrecorded: tuple[str, ...]  # models and sizes of the others, such as `convlstm h16`
    at_a_time: int
    hours: float  # of all runs, one after another
    gpu_hours: float  # 0 without GPUs
    wall_hours: float  # from the first start to the last end, nothing waited for
    megabytes: float  # of the run folders
    files: int  # in them

    def sentence(self) -> str:
        """Say it in two lines at most."""
        if not self.runs:
            return "estimate: nothing is left to run."
        cost = f"{self.gpu_hours:.1f} GPU-hours" if self.gpu_hours else f"{self.hours:.2f} hours of runs"
        lines = []
        if self.recorded:
            lines.append(
                f"estimate for {self.recorded} of {self.runs} runs, by earlier ones of the same model and size: "
                f"{cost}, {self.wall_hours:.2f} hours with {self.at_a_time} at a time, {self.megabytes:.0f} MB in "
                f"{self.files} files; time in the queue comes on top."
            )
        if self.unrecorded:
            lines.append(
                f"no estimate for {self.runs - self.recorded} runs, since none has finished of "
                f"{', '.join(self.unrecorded)}: launch one of each first (--seed)."
            )
        return "\n".join(lines)


def bill(runs: list[RunSpec], at_a_time: int, gpus: float) -> Bill:
    """Estimate what `runs` take, the longest first, so many at a time, on so many GPUs each."""
    earlier = earlier_runs(runs)
    known = [spec for spec in long_first(runs) if spec.id in earlier]
    seconds = [sum(taken for taken, _ in earlier[spec.id]) / len(earlier[spec.id]) for spec in known]
    sizes = {id(earlier[spec.id]): _disk(earlier[spec.id][0][1].path) for spec in known}
    disk = [sizes[id(earlier[spec.id])] for spec in known]
    others = dict.fromkeys(f"{s.model.name} h{s.model.hidden}" for s in runs if s.id not in earlier)
    hours = sum(seconds) / 3600
    return Bill(
        runs=len(runs),
        recorded=len(known),
        unrecorded=tuple(others),
        at_a_time=at_a_time,
        hours=hours,
        gpu_hours=hours * gpus,
        wall_hours=_wall(seconds, at_a_time) / 3600,
        megabytes=sum(size for size, _ in disk) / 1e6,
        files=sum(count for _, count in disk),
    )


def _wall(seconds: list[float], at_a_time: int) -> float:
    """Simulate runs that start in order, each as soon as one of the places is free."""
    free = [0.0] * at_a_time
    for taken in seconds:
        heapq.heapreplace(free, free[0] + taken)
    return max(free)


def _disk(folder: Path) -> tuple[int, int]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in files), len(files)
