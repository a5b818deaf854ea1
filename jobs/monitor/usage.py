"""Sum what the runs have cost: GPU-hours per study and model over every attempt, lost ones too."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from jobs.monitor.accounting import Measured
from jobs.monitor.columns import Table
from xdomain import models
from xdomain.core.claims.claim import is_live, read_claim
from xdomain.core.errors import UserError
from xdomain.core.files import touched
from xdomain.runs.attempt_record import Attempt, attempts_of
from xdomain.runs.run_folder import DIVERGED, RunFolder
from xdomain.specs.spec import RunSpec


@dataclass(frozen=True)
class Usage:
    """A sum over attempts. GPU-hours are hours times the GPUs of the attempt, a fraction where a GPU is shared."""

    attempts: int = 0
    killed: int = 0  # attempts that did not live to write their end
    hours: float = 0.0
    useful_hours: float = 0.0  # in epochs and evaluations that were kept; the rest is start-up, repeats and losses
    gpu_hours: float = 0.0
    useful_gpu_hours: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(*(getattr(self, name) + getattr(other, name) for name in vars(self)))


def usage_of(folder: RunFolder) -> Usage:
    """Compute the cost of one run so far."""
    attempts = attempts_of(folder)
    seconds = [_seconds(folder, attempts, index) for index in range(len(attempts))]
    gpu_seconds = sum(time * attempt.gpus for time, attempt in zip(seconds, attempts, strict=True))
    total = sum(seconds)
    useful = min(1.0, _useful_seconds(folder) / total) if total else 0.0
    killed = sum(attempt.outcome is None for attempt in attempts)
    if attempts and attempts[-1].outcome is None:
        claim = read_claim(folder.claim_file)
        killed -= bool(claim and is_live(folder.claim_file, claim))  # it is at work
    hours, gpu_hours = total / 3600, gpu_seconds / 3600
    return Usage(len(attempts), killed, hours, useful * hours, gpu_hours, useful * gpu_hours)


def known_usage(folder: RunFolder, problems: list[str] | None = None) -> Usage:
    """Compute the same, and 0 for a folder that cannot be read: it may not hide what other runs have cost.

    A sentence about a damaged record is added to `problems`; that a folder is another user's, its state says.
    """
    try:
        return usage_of(folder)
    except OSError:
        return Usage()
    except UserError as error:
        if problems is not None:
            problems.append(str(error))
        return Usage()


def _seconds(folder: RunFolder, attempts: list[Attempt], index: int) -> float:
    """Tell how long an attempt lasted; one that was killed, until its last sign of life.

    The last attempt's signs are its claim (touched every 15 seconds), its log, metrics.csv and the checkpoints. When
    an earlier one was last alive, the next one has written down. Records of earlier versions have its log; and where a
    later attempt wrote to that too (a requeued job has one log), it lasted until the next one began.
    """
    attempt, later = attempts[index], attempts[index + 1 :]
    if attempt.seconds is not None:
        return attempt.seconds
    if later and later[0].left is not None:
        return max(0.0, later[0].left - attempt.began)
    if later:
        shared = any(other.log == attempt.log for other in later)
        seen = None if attempt.log is None or shared else touched(attempt.log)
        end = later[0].began if seen is None else min(seen, later[0].began)
        return max(0.0, end - attempt.began)
    signs = [folder.metrics_file, *folder.checkpoints.glob("*.ckpt")]
    claim = read_claim(folder.claim_file)
    if claim and (claim["host"], claim["pid"]) == (attempt.host, attempt.pid):
        signs.append(folder.claim_file)
    if attempt.log:
        signs.append(attempt.log)
    return max([0.0, *(when - attempt.began for sign in signs if (when := touched(sign)) is not None)])


def _useful_seconds(folder: RunFolder) -> float:
    if folder.is_finished():
        try:
            result = folder.result()
        except UserError:  # damaged, which its state says
            return 0.0
        if result["status"] != DIVERGED:
            return sum(result.get("seconds", {}).values())
    try:
        with folder.metrics_file.open() as file:
            return sum(float(row["seconds"]) for row in csv.DictReader(file))
    except (OSError, KeyError, TypeError, ValueError, csv.Error):
        return 0.0


def usage_by_model(
    runs: Iterable[tuple[RunSpec, Usage | None]], problems: list[str] | None = None
) -> dict[tuple[str, str], Usage]:
    """Sum the cost per (study and variant, model), in the order of `runs`: specs, with their cost if it is known.

    A sentence about each damaged record is added to `problems`.
    """
    sums: dict[tuple[str, str], Usage] = {}
    for spec, known in runs:
        key = (spec.study_key, spec.model.key)
        sums[key] = sums.get(key, Usage()) + (known or known_usage(RunFolder.of(spec), problems))
    return sums


def usage_table(
    usage: dict[tuple[str, str], Usage], measured: Mapping[tuple[str, str], Measured] = MappingProxyType({})
) -> Table:
    """Make a table with a row per study and model and their sum; what was `measured` of any is shown in two columns."""
    total = sum(usage.values(), start=Usage())
    unit = "GPU-hours" if total.gpu_hours else "hours"  # a machine without GPUs has spent something too
    rows = [[study, models.display_name(model), *_costs(row, unit)] for (study, model), row in usage.items()]
    head = ["study", "model", "attempts", "killed", unit, "useful", "overhead and lost"]
    rows.append(["all", "", *_costs(total, unit)])
    if measured:
        head += ["peak memory", "CPU share"]
        of_rows = [*(measured.get(key, Measured()) for key in usage), sum(measured.values(), start=Measured())]
        rows = [[*row, *_measures(one)] for row, one in zip(rows, of_rows, strict=True)]
    return Table(head, rows, texts=2, has_sum=True)


def _measures(measured: Measured) -> list[str]:
    memory = f"{measured.memory / 2**30:.2f} GiB" if measured.memory else ""
    return [memory, "" if measured.share is None else f"{measured.share:.0%}"]


def _costs(row: Usage, unit: str) -> list[str]:
    spent, useful = (row.gpu_hours, row.useful_gpu_hours) if unit == "GPU-hours" else (row.hours, row.useful_hours)
    numbers = [f"{value:.{2 if value >= 1 else 3}f}" for value in (spent, useful, spent - useful)]
    share = f" ({1 - useful / spent:.0%})" if spent else ""
    return [str(row.attempts), str(row.killed), *numbers[:-1], numbers[-1] + share]
