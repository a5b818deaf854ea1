"""The job that makes a study's tables and figures after its runs: how it ends is what jobs after it go by."""

import subprocess

import pytest

from jobs.cluster.profile import Profile
from jobs.launching.chain import TablesTask, submit_tables
from xdomain.core.errors import UserError


def ended(monkeypatch: pytest.MonkeyPatch, tables: int, figures: int) -> int:
    """The job's exit code where its two commands end with these."""
    codes = {"tables": tables, "figures": figures}

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, codes[command[3]])

    monkeypatch.setattr(subprocess, "run", run)
    try:
        TablesTask("ts", {})()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


@pytest.mark.parametrize(
    ("tables", "figures", "code"),
    [(0, 0, 0), (1, 0, 1), (0, 2, 2), (-9, 0, 1), (0, -15, 1), (-9, 2, 2)],
)
def test_the_job_fails_where_a_command_failed_or_was_killed(
    monkeypatch: pytest.MonkeyPatch, tables: int, figures: int, code: int
) -> None:
    assert ended(monkeypatch, tables, figures) == code


def test_without_slurm_it_is_said_how_to_make_them_here(empty_roots, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UserError, match=r"There is no Slurm here .* make tables figures"):
        submit_tables("ts", Profile(), "")
