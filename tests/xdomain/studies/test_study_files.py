"""The study files that come with the project: the paper's study says what the built-in one does, a new one can run."""

import dataclasses
from pathlib import Path

import pytest
from click.testing import CliRunner

from xdomain.__main__ import main
from xdomain.studies import diving48
from xdomain.studies.own import read_study

PAPER = Path(__file__).parents[3] / "jobs" / "recipes" / "studies" / "diving48.toml"


def test_the_papers_study_is_the_built_in_one_under_another_name() -> None:
    described = read_study(PAPER)
    built_in = [diving48.training(model) for model in diving48.models_of(diving48.EXPERIMENTS)]
    ours = {dataclasses.replace(spec, study="diving48") for spec in described.trainings()}
    assert ours == set(built_in)
    assert len(built_in) == 6
    assert described.domains == diving48.DOMAINS
    assert {name: (experiment.level, experiment.models) for name, experiment in described.experiments.items()} == {
        name: (experiment.level, experiment.models) for name, experiment in diving48.EXPERIMENTS.items()
    }


def test_a_new_study_is_one_of_the_folders_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, ["new-study", "mine"]).exit_code == 0
    described = read_study(tmp_path / "mine/study.toml")
    assert (described.key, len(described.trainings()), len(described.runs())) == ("mine", 2, 12)
    assert {key: train.max_epochs for key, (_, train) in described.models.items()} == {"cnn": 4, "lstm": 5}
    assert "python -m jobs.launch study mine/study.toml --dry-run" in (tmp_path / "mine/study.toml").read_text()

    again = CliRunner().invoke(main, ["new-study", "mine"])
    assert (again.exit_code, "is there already" in again.output) == (2, True)
    assert CliRunner().invoke(main, ["new-study", "my-own"]).exit_code == 2
