"""No terminal and no log ends a command: what their encoding lacks is escaped, in every entry point and every task."""

import importlib
import io
import os
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import click
import pytest

import jobs
from jobs.diagnosis.probe import ProbeTask
from jobs.launching.chain import TablesTask
from jobs.worker.command import CommandTask
from jobs.worker.tasks import RunTask

ROOT = Path(jobs.__file__).parent.parent
PACKAGES = ("xdomain", "jobs", "analysis", "segment")
MODULES = sorted(
    str(file.relative_to(ROOT).with_suffix("")).replace("/", ".")
    for package in PACKAGES
    for file in (ROOT / package).rglob("*.py")
    if 'main(prog_name="python -m ' in file.read_text(encoding="utf-8")
)
ENTRIES = [*MODULES, "xdomain_cli.main"]
POOR = {
    "c-locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "iso-8859-1": {"PYTHONIOENCODING": "iso-8859-1"},
}


@pytest.fixture(params=["ascii", "iso-8859-1"])
def poor(request) -> io.TextIOWrapper:
    """An output that lacks the arrow and refuses it, as Python's default is."""
    return io.TextIOWrapper(io.BytesIO(), encoding=request.param, errors="strict")


def shown(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode(stream.encoding, errors="replace")


def test_the_entry_points_are_found():
    assert {"xdomain.__main__", "segment.__main__", "analysis.__main__", "jobs.launch", "jobs.status"} <= set(ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES)
def test_after_an_entry_point_any_text_can_be_printed(entry, poor):
    main: click.Command = importlib.import_module(entry).main
    with redirect_stdout(poor):
        main.main(["--help"], standalone_mode=False)
        print("V → S1 \udcff")
    assert shown(poor).endswith("V \\u2192 S1 \\udcff\n")


@pytest.mark.parametrize(
    "task",
    [
        RunTask("absent", (0,)),
        CommandTask(("analysis", "→"), {}, "absent", 1),
        ProbeTask("absent/report.json", (), 0, None, 0, 0),
    ],
    ids=lambda task: type(task).__name__,
)
def test_after_a_task_has_begun_any_text_can_be_printed(task, poor, monkeypatch):
    """Each fails at its first step, for want of what it is about; the output is set up before."""

    def stop(*_args, **_more):
        raise FileNotFoundError

    for module in ("jobs.worker.command", "jobs.diagnosis.probe"):
        monkeypatch.setattr(f"{module}.watch", stop)
    with redirect_stdout(poor):
        with pytest.raises(FileNotFoundError):
            task()
        print("→")
    assert shown(poor).endswith("\\u2192\n")


def test_the_tables_task_prints_nothing_itself(poor, monkeypatch):
    """Its commands are entry points."""
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0))
    with redirect_stdout(poor):
        TablesTask("ts", {})()
    assert shown(poor) == ""


@pytest.mark.parametrize("environment", POOR.values(), ids=POOR)
def test_the_published_tables_are_made_and_named_on_any_terminal(tmp_path, environment):
    command = [sys.executable, "-m", "analysis", "tables", "--published"]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | environment, capture_output=True)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert b"Traceback" not in done.stdout + done.stderr
    assert (tmp_path / "results" / "published" / "tables").is_dir()
