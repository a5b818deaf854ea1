"""Export what status and usage show as CSV, for a spreadsheet or a script."""

import csv
import dataclasses
import io
from collections.abc import Iterable, Mapping, Sequence

from jobs.monitor.accounting import Measured
from jobs.monitor.survey import Surveyed
from jobs.monitor.usage import Usage, known_usage
from xdomain.core.names import one_line
from xdomain.runs.run_folder import RunFolder

COSTS = [field.name for field in dataclasses.fields(Usage)]


def runs_as_csv(runs: Iterable[Surveyed]) -> str:
    """Write a row for each run: what it is, how it stands, and what it has cost."""
    rows = []
    for one in runs:
        spec, failure = one.run.spec, one.failure
        usage = one.usage or known_usage(RunFolder.of(spec))
        named = [spec.id, spec.study_key, spec.place, spec.model.name, spec.model.hidden, spec.seed]
        reason = failure.sentence if failure else one.state.reason
        rows.append([*named, one.state.state, failure.kind if failure else "", one_line(reason), *_costs(usage)])
    head = ["id", "study", "source", "model", "hidden", "seed", "state", "class", "reason", *COSTS]
    return _csv(head, rows)


def usage_as_csv(usage: dict[tuple[str, str], Usage], measured: Mapping[tuple[str, str], Measured]) -> str:
    """Write a row for each study and model; what was not `measured` is left empty."""
    rows = [[*key, *_costs(row), *_measures(measured.get(key))] for key, row in usage.items()]
    return _csv(["study", "model", *COSTS, "peak_memory_bytes", "cpu_share"], rows)


def _measures(measured: Measured | None) -> list[object]:
    if measured is None:
        return ["", ""]
    return [int(measured.memory) or "", "" if measured.share is None else measured.share]


def _costs(usage: Usage) -> list[int | float]:
    return [getattr(usage, name) for name in COSTS]


def _csv(head: list[str], rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([head, *rows])
    return text.getvalue().removesuffix("\n")
