"""How long runs take, by what earlier ones of the same model and size took: from the records of their attempts."""

import csv
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jobs.launching.estimates.pilots import is_pilot, pilot_key
from jobs.monitor.usage import known_usage
from xdomain.core.errors import UserError
from xdomain.core.roots import runs_root
from xdomain.runs.run_folder import FINISHED, RunFolder
from xdomain.specs.spec import RunSpec

SAMPLE = 5  # earlier runs that are read, of one model and size
CPU = "CPU"  # the device of a run that had no GPU


@dataclass(frozen=True)
class Record:
    """What one run of a model and size takes, by an earlier one."""

    seconds: float  # of all attempts; by a pilot, with all of the epochs that the run may have
    folder: RunFolder  # of the earlier one
    device: str  # that it had; empty where an earlier version wrote none down
    is_pilot: bool


def long_first(runs: list[RunSpec]) -> list[RunSpec]:
    """Sort runs so that the longest are first: an array whose last element is short ends sooner.

    A model and size without a record counts as longer than any with one, and of these the larger size as longer.
    """
    known = expected_seconds(runs, of_variants=True)
    return sorted(runs, key=lambda spec: (-known.get(spec.id, float("inf")), -spec.model.hidden))


def expected_seconds(
    runs: Iterable[RunSpec], on_gpu: bool | None = None, of_variants: bool = False
) -> dict[str, float]:
    """Estimate how long each run takes, by its id; those are left out of whose model and size none has finished."""
    return {run: mean_seconds(records) for run, records in earlier_runs(runs, on_gpu, of_variants).items()}


def mean_seconds(records: list[Record]) -> float:
    """Average what the records of a model and size took."""
    return sum(record.seconds for record in records) / len(records)


def earlier_runs(
    runs: Iterable[RunSpec], on_gpu: bool | None = None, of_variants: bool = False
) -> dict[str, list[Record]]:
    """Find for each run, by its id, what finished ones of its study, model and size took; else what its pilot says.

    A few stand for all. With `on_gpu` only those count that had a GPU, or only those that had none. Runs of other
    variants, which may have other numbers of clips and epochs, count in default of both `of_variants`.
    """
    samples: dict[tuple[str, bool, str, int], list[Record]] = {}
    found = {}
    for spec in runs:
        key = (spec.study_key, spec.is_evaluation, spec.model.key, spec.model.hidden)
        if key not in samples:
            studies = (spec.study_key, pilot_key(spec), *[f"{spec.study}*"] * of_variants)
            samples[key] = next(filter(None, (_of_study(spec, study, on_gpu) for study in studies)), [])
        if samples[key]:
            found[spec.id] = samples[key]
    return found


def _of_study(spec: RunSpec, study: str, on_gpu: bool | None) -> list[Record]:
    pattern = f"{study}/*/{spec.model.key}/h{spec.model.hidden}/seed*/attempts.jsonl"
    folders = (RunFolder(path.parent) for path in sorted(runs_root().glob(pattern)))
    alike = (folder for folder in folders if ("@" in folder.path.parts[-4]) == spec.is_evaluation)
    return list(itertools.islice(_records(spec, alike, on_gpu), SAMPLE))


def _records(spec: RunSpec, folders: Iterable[RunFolder], on_gpu: bool | None) -> Iterator[Record]:
    for folder in folders:
        try:
            events = folder.attempts()
        except (UserError, OSError):  # damaged, or another user's: there are others to go by
            continue
        devices = [event.get("provenance", {}).get("device") or "" for event in events if event["event"] == "start"]
        device = devices[-1] if devices else ""
        if on_gpu is not None and device and (device != CPU) != on_gpu:
            continue
        ends = [event for event in events if event["event"] == "end"]
        times = [float(event["seconds"]) for event in ends if event.get("seconds") is not None]
        # One that failed says nothing of a whole run.
        if not ends or ends[-1].get("outcome") != FINISHED or len(times) != len(ends):
            continue
        total = sum(times)
        if len(devices) > len(ends):  # an attempt was killed, and left no time: the run took what its result says
            total = max(total, 3600 * known_usage(folder).useful_hours)
        if not is_pilot(folder.path.parts[-5]):
            yield Record(total, folder, device, is_pilot=False)
        elif seconds := _of_all_epochs(spec, folder, total):
            yield Record(seconds, folder, device, is_pilot=True)


def _of_all_epochs(spec: RunSpec, pilot: RunFolder, seconds: float) -> float | None:
    """Add to what surrounds a pilot's epochs all that the run may have, each like the pilot's last."""
    try:
        with pilot.metrics_file.open() as file:
            epochs = [float(row["seconds"]) for row in csv.DictReader(file)]
    except (OSError, KeyError, TypeError, ValueError, csv.Error):
        return None
    return max(0.0, seconds - sum(epochs)) + spec.train.max_epochs * epochs[-1] if epochs else None
