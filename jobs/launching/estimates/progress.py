"""Compare launched runs with what was expected of them, and estimate the time that is left."""

from collections.abc import Iterable
from dataclasses import dataclass

from jobs.launching.estimates.approximate import approximate_time
from jobs.launching.estimates.bill import wall_seconds
from jobs.launching.estimates.durations import expected_seconds
from jobs.monitor.survey import Surveyed
from jobs.monitor.usage import Usage, known_usage
from jobs.state.state import DONE, IN_FLIGHT, NEW
from xdomain.core.names import counted
from xdomain.runs.run_folder import RunFolder

SHORT = 0.1  # hours, below which seconds say more


@dataclass(frozen=True)
class Progress:
    """What finished runs took beside what their launch expected, and what those on their way will take."""

    compared: int  # finished runs that an estimate was made of
    expected_hours: float  # of these
    taken_hours: float  # likewise
    left: int  # runs that wait or run
    unknown: int  # of these, runs of a model and size that no run has timed
    left_hours: float | None  # until the last of the others ends, nothing waited for; None where all are unknown

    def sentence(self) -> str:
        """Say it in one line; empty where there is nothing to say."""
        said = []
        if self.compared and self.expected_hours:
            ratio = self.taken_hours / self.expected_hours
            runs = counted(self.compared, "finished run")
            short = self.expected_hours < SHORT
            taken = f"{3600 * self.taken_hours:.0f} s" if short else f"{self.taken_hours:.2f} hours"
            expected = f"{3600 * self.expected_hours:.0f} s" if short else f"{self.expected_hours:.2f}"
            said.append(f"{runs} took {taken}, {ratio:.0%} of the {expected} that were expected")
        if self.left_hours is not None:
            unknown = f" and the {self.unknown} whose length no run has shown" * bool(self.unknown)
            time = approximate_time(3600 * self.left_hours)
            said.append(f"left: {counted(self.left, 'run')}, {time} without time in the queue{unknown}")
        return f"estimate: {'; '.join(said)}." if said else ""


def progress(runs: Iterable[Surveyed]) -> Progress:
    """Compare and estimate, each launch by as many at a time as it has; launches run side by side."""
    compared, expected_hours, taken, waiting = 0, 0.0, 0.0, []
    for one in runs:
        launch = one.run.launch.manifest
        if one.state.state in (*IN_FLIGHT, NEW):
            waiting.append(one)
        elif one.state.state in DONE and one.run.spec.id in launch.expected:
            compared += 1
            expected_hours += launch.expected[one.run.spec.id] / 3600
            taken += (one.usage or Usage()).hours
    known = expected_seconds(one.run.spec for one in waiting)
    of_launch: dict[str, list[float]] = {}
    at_a_time: dict[str, int] = {}
    for one in waiting:
        launch = one.run.launch.manifest
        seconds = known.get(one.run.spec.id, launch.expected.get(one.run.spec.id))
        if seconds is not None:
            usage = known_usage(RunFolder.of(one.run.spec))
            done = 3600 * (usage.useful_hours or usage.hours)  # what was lost has to be done again
            of_launch.setdefault(str(launch.path), []).append(max(0.0, seconds - done))
            at_a_time[str(launch.path)] = launch.at_a_time
    left = [wall_seconds(each, at_a_time[launch]) / 3600 for launch, each in of_launch.items()]
    unknown = len(waiting) - sum(map(len, of_launch.values()))
    return Progress(compared, expected_hours, taken, len(waiting), unknown, max(left) if left else None)
