"""An attempt lasts from the beginning of its work: loading libraries is a part of what a run costs."""

import time

import pytest
from support.tiny_runs import tiny

from xdomain.execute import run
from xdomain.runs.attempt_record import attempts_of
from xdomain.runs.run_folder import RunFolder


def test_the_time_that_libraries_take_to_load_counts(tiny_roots, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def load_for_seven_seconds() -> str:
        now[0] += 7
        return "CPU"

    class Study:
        def execute(self, *_: object) -> None:
            now[0] += 3
            raise ValueError("no data")

    monkeypatch.setattr(run, "_device", load_for_seven_seconds)
    monkeypatch.setattr(run, "study_of", lambda _: Study())
    with pytest.raises(ValueError, match="no data"):
        run.execute(tiny())
    (attempt,) = attempts_of(RunFolder.of(tiny()))
    assert attempt.seconds == 10.0
