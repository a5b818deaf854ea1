"""A launcher that waits for runs of another one does not keep asking the file server about them."""

import time

from support.tiny_runs import tiny

from jobs.backends import local
from jobs.records.manifest import write_manifest
from jobs.state.state import FINISHED, RUNNING, RunState


def test_runs_at_work_elsewhere_are_looked_at_every_few_seconds_alone(tiny_roots, monkeypatch):
    """Not with every look at the processes here, five a second: a grid has hundreds of runs."""
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    looked: list[float] = []

    def state_of(spec) -> RunState:
        looked.append(clock[0])
        return RunState(spec, FINISHED if clock[0] > 10 else RUNNING)

    monkeypatch.setattr(local, "state_of", state_of)
    reported: list[str] = []
    manifest = write_manifest([tiny(seed=seed) for seed in (42, 61)], None)
    local.run_all(manifest, 4, lambda state, log: reported.append(state.state))
    assert reported == [FINISHED, FINISHED]
    assert len(looked) <= 2 * (1 + 12 / 2)
