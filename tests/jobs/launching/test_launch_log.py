"""What a launch on this machine says into a log: each run as it ends, not all of them at the end."""

import io
import sys

from support.made_launches import leave_result
from support.tiny_runs import tiny

from jobs.backends import local
from jobs.launching import dispatch
from jobs.records.manifest import write_manifest
from jobs.state.state import state_of


def test_a_finished_run_is_in_the_log_before_the_next_one_ends(tiny_roots, monkeypatch):
    runs = [tiny(seed=42), tiny(seed=61)]
    manifest = write_manifest(runs, None)
    log = io.BytesIO()
    seen: list[str] = []

    def run_all(_manifest, _parallel, report) -> None:
        for spec in runs:
            leave_result(spec, seconds={"train": 5.0}, epochs=2, accuracy={"validation": 0.5})
            report(state_of(spec), None)
            seen.append(log.getvalue().decode())

    monkeypatch.setattr(local, "run_all", run_all)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(log, 100_000)))
    assert dispatch._run_here(manifest, 1)
    assert f"[1/2] finished    {runs[0].id}  validation 50.0%, 2 epochs, 5 s" in seen[0]
    assert "[2/2]" not in seen[0]
