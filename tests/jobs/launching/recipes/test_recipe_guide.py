"""A recipe that runs here says at each step what happens, and at the end what to do next."""

import re
import subprocess

import pytest
from click.testing import CliRunner

from jobs.commands.launch import main

GRID = 'study = "ts"\ntag = "mine"\nseeds = [42]\nhidden = [2]\nsource = "2dot"\nnext = "Look at the page."\n'
GRID += "[settings]\nlr = 0.01\n"


@pytest.fixture
def done(tmp_path, monkeypatch):
    """What a recipe prints whose runs and commands all do nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("jobs.launching.recipes.carry_out.launch", lambda grid, options: [])
    monkeypatch.setattr("jobs.launching.steps.subprocess.run", lambda words, **_: subprocess.CompletedProcess(words, 0))
    (tmp_path / "mine.toml").write_text(GRID)

    def output(*words):
        shown = CliRunner().invoke(main, ["recipe", "mine.toml", "--cluster", "local", *words])
        assert shown.exit_code == 0, shown.output
        return shown.stdout

    return output


def test_every_step_says_what_happens_and_the_end_what_to_do_next(done):
    lines = done().splitlines()
    assert [line[:12] for line in lines if line.startswith("Step ")] == [f"Step {i} of 5." for i in range(1, 6)]
    assert [line.split()[1] for line in lines if line.startswith("---")] == [
        "tables:",
        "figures:",
        "claims:",
        "report:",
    ]
    assert lines[-1] == "Look at the page."
    assert all(len(line) <= 120 and re.fullmatch(r"[ -~′]*", line) for line in lines), (
        "no colour, no cursor, no wrapping"
    )


def test_a_dry_run_only_names_the_commands(done):
    assert "Step" not in done("--dry-run")
    assert "Look" not in done("--dry-run")
