"""Who ends the process: commands and what a job starts. Everything else raises, with the code to end with."""

import ast
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from support.made_launches import end, start
from support.tiny_runs import tiny

import jobs
import jobs.commands.retry
from jobs.launching.dispatch import launch
from jobs.launching.options import Options
from jobs.records.manifest import write_manifest
from jobs.worker.tasks import RunTask
from xdomain.core.cli import Command
from xdomain.core.errors import CommandFailed

# A job's task is called by submitit, a packed run is a process of its own: their exit is the job's.
ENTRIES = {("jobs/worker/pack.py", "_child")}
HERE = Options("debug", None, None, None, dry_run=False, as_json=False)


def exits(path: Path) -> list[str]:
    """The functions of a file that end the process."""
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    return [function.name for function in functions if any(ends(node) for node in ast.walk(function))]


def ends(node: ast.AST) -> bool:
    exits = isinstance(node, ast.Call) and ast.unparse(node.func) == "sys.exit"
    return exits or (isinstance(node, ast.Raise) and ast.unparse(node).startswith("raise SystemExit"))


def test_only_commands_and_tasks_end_the_process():
    top = Path(jobs.__file__).parents[1]
    files = [path for package in ("jobs", "xdomain", "segment", "analysis") for path in (top / package).rglob("*.py")]
    found = {(path.relative_to(top).as_posix(), name) for path in files for name in exits(path)}
    assert found >= ENTRIES
    assert {(file, name) for file, name in found - ENTRIES if name != "__call__" and "commands/" not in file} == set()


@pytest.fixture
def failing(tiny_roots, monkeypatch) -> list[str]:
    """Runs that fail in the launcher's own process with code 3; returns the manifests that were tried."""
    tried: list[str] = []
    monkeypatch.setattr("xdomain.execute.temporal_shape.TemporalShape.make", lambda *_: None)
    monkeypatch.setattr(RunTask, "run", lambda task: tried.append(task.manifest) or 3)
    return tried


def test_a_launch_raises_what_its_run_ended_with(failing):
    with pytest.raises(CommandFailed) as failed:
        launch([tiny(seed=seed, max_epochs=1) for seed in (42, 61)], HERE)
    assert failed.value.code == 3
    assert len(failing) == 1, "nothing comes after a failure"


def test_a_retry_tries_every_study_and_ends_with_the_worst_code(failing):
    for spec in (tiny(max_epochs=1), tiny(max_epochs=1, tag="other")):
        write_manifest([spec], None)
        start(spec)
        end(spec, "failed", "RuntimeError: x")
    done = CliRunner().invoke(jobs.commands.retry.main, ["--cluster", "debug"])
    assert done.exit_code == 3, done.output
    assert len(set(failing)) == 2


def test_a_command_ends_with_the_code_of_what_failed_and_says_no_more():
    @click.command(cls=Command)
    def main() -> None:
        raise CommandFailed(7)

    done = CliRunner().invoke(main, [])
    assert (done.exit_code, done.output) == (7, "")
