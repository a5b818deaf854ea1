"""A recipe on Slurm: its runs and tables are jobs, and what comes after them is said."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.roots import set_roots

from jobs.commands.launch import main

TINY = (
    'study = "ts"\ntag = "tiny"\nsource = "2dot"\nseeds = [42, 61]\nhidden = [2]\n'
    "[settings]\ntrain_clips = 8\nval_clips = 5\neval_clips = 3\nbatch_size = 4\ndigits = 'uci'\n[models.3dcnn]\n"
)


@pytest.fixture
def recipe(squeue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`python -m jobs.launch recipe mine.toml --cluster slurm WORDS`, with a Slurm that takes jobs from 101 on."""
    monkeypatch.chdir(tmp_path)
    set_roots(monkeypatch, data=tmp_path / "no-data")
    count = squeue.folder / "count"
    count.write_text("100")
    (squeue.folder / "sbatch").write_text(
        f'#!/bin/sh\nn=$(($(cat {count}) + 1)); echo $n > {count}\necho "Submitted batch job $n"\n'
    )
    (tmp_path / "mine.toml").write_text(TINY)

    def run(*words: str, name: str = "mine.toml") -> Result:
        return CliRunner().invoke(main, ["recipe", name, "--cluster", "slurm", *words])

    return run


def test_the_tables_follow_the_runs_and_the_page_is_left_to_the_user(recipe, tiny_roots: Path) -> None:
    done = recipe()
    assert done.exit_code == 0, done.output
    scripts = {path.name: path.read_text() for path in tiny_roots.glob("ts-tiny/launches/*/**/*_submission.sh")}
    assert set(scripts) == {"101_submission.sh", "102_submission.sh", "103_submission.sh"}
    dependency = r"^#SBATCH --dependency=(.*)$"
    assert re.findall(dependency, scripts["102_submission.sh"], re.MULTILINE) == ["afterok:101"]
    assert re.findall(dependency, scripts["103_submission.sh"], re.MULTILINE) == ["afterany:102"]
    said = done.stdout.partition("When the jobs are done:\n")[2]
    assert "python -m analysis claims --study ts-tiny --brief" in said
    assert "python -m analysis report --study ts-tiny" in said
    assert "python -m analysis tables" not in said, "that is a job already"


def test_as_json_it_is_the_plan_alone(recipe, tiny_roots: Path) -> None:
    done = recipe("--json", "--dry-run")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("{")
    assert not list(tiny_roots.glob("*/launches"))


def test_a_recipe_of_several_launches_has_no_plan_as_json(recipe) -> None:
    done = recipe("--json", "--dry-run", name="demo-diving")
    assert done.exit_code == 2
    assert "--json describes a single launch, and a Diving48 recipe makes several" in done.output
