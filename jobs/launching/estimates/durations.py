"""How long runs take, by what earlier ones of the same model and size took: from the records of their attempts."""

import itertools
from collections.abc import Iterable

from xdomain.core.roots import runs_root
from xdomain.runs.run_folder import FINISHED, RunFolder
from xdomain.specs.spec import RunSpec

SAMPLE = 5  # earlier runs that are read, of one model and size


def long_first(runs: list[RunSpec]) -> list[RunSpec]:
    """Sort runs so that the longest are first: an array whose last element is short ends sooner.

    A model and size without a record counts as longer than any with one, and of these the larger size as longer.
    """
    known = expected_seconds(runs)
    return sorted(runs, key=lambda spec: (-known.get(spec.id, float("inf")), -spec.model.hidden))


def expected_seconds(runs: Iterable[RunSpec]) -> dict[str, float]:
    """Estimate how long each run takes, by its id; those are left out of whose model and size none has finished."""
    earlier = earlier_runs(runs)
    return {run: sum(seconds for seconds, _ in samples) / len(samples) for run, samples in earlier.items()}


def earlier_runs(runs: Iterable[RunSpec]) -> dict[str, list[tuple[float, RunFolder]]]:
    """Find for each run, by its id, finished ones of its model and size: how many seconds each took, and its folder.

    They are of the same study, else of a variant of it; a few stand for all.
    """
    samples: dict[tuple[str, bool, str, int], list[tuple[float, RunFolder]]] = {}
    found = {}
    for spec in runs:
        key = (spec.study_key, spec.is_evaluation, spec.model.name, spec.model.hidden)
        if key not in samples:
            samples[key] = _of_study(spec, spec.study_key) or _of_study(spec, f"{spec.study}*")
        if samples[key]:
            found[spec.id] = samples[key]
    return found


def _of_study(spec: RunSpec, study: str) -> list[tuple[float, RunFolder]]:
    pattern = f"{study}/*/{spec.model.name}/h{spec.model.hidden}/seed*/attempts.jsonl"
    folders = (RunFolder(path.parent) for path in sorted(runs_root().glob(pattern)))
    alike = (folder for folder in folders if ("@" in folder.path.parts[-4]) == spec.is_evaluation)
    timed = ((seconds, folder) for folder in alike if (seconds := _seconds(folder)) is not None)
    return list(itertools.islice(timed, SAMPLE))


def _seconds(folder: RunFolder) -> float | None:
    """Add up the attempts of a run that finished; None of any other, and where one was killed and left no time."""
    ends = [event for event in folder.attempts() if event["event"] == "end"]
    if not ends or ends[-1].get("outcome") != FINISHED:
        return None
    times = [float(event["seconds"]) for event in ends if event.get("seconds") is not None]
    return sum(times) if len(times) == len(ends) else None
