"""Times that are compared are of one clock, the one that stamps files; names that are sorted are in UTC."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from jobs.records import manifest
from xdomain.core.files import file_system_now
from xdomain.runs.run_folder import RunFolder


@pytest.mark.parametrize("zone", ["UTC0", "XYZ-9", "XYZ+8"])
def test_a_launchs_name_is_its_time_in_utc(monkeypatch, zone):
    """Two people in two zones, or one in the night when clocks go back: the last launch is the last."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    before = datetime.now(UTC)
    try:
        named = datetime.strptime(manifest.stamp()[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert before - timedelta(seconds=1) <= named <= datetime.now(UTC), "a stamp has whole seconds"


def test_the_file_servers_now_is_not_this_machines(tmp_path, monkeypatch):
    def touched(name: str) -> float:
        (tmp_path / name).touch()
        return (tmp_path / name).stat().st_mtime

    before = touched("before")
    monkeypatch.setattr(time, "time", lambda: before - 7200)
    now = file_system_now(tmp_path)
    assert before <= now <= touched("after")
    assert {path.name for path in tmp_path.iterdir()} == {"before", "after"}


def test_an_attempt_is_dated_by_the_clock_of_its_files(tmp_path, monkeypatch):
    """Else a killed attempt on a node whose clock is off would have cost hours more, or none."""
    folder = RunFolder(tmp_path)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    (tmp_path / "before").touch()
    folder.record_attempt(event="start", attempt=1)
    (event,) = folder.attempts()
    before, after = ((tmp_path / name).stat().st_mtime for name in ("before", folder.attempts_file.name))
    assert before - 0.001 <= event["time"] <= after + 0.001, "thousandths of a second are kept"
