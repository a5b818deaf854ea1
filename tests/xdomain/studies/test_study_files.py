"""The study files that come with the project: the paper's study says what the built-in one does, a new one can run."""

import dataclasses
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.made_own_study import STUDY
from support.roots import set_roots

from xdomain.__main__ import main
from xdomain.core.errors import UserError
from xdomain.studies import diving48
from xdomain.studies.own import read_study, store_study, stored_study

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


LIBRARY = """
name = "own"
[data]
dataset = "any"
val_clips = 2
[models.r3d]
name = "torchvision:r3d_18"
weights = "r3d.pth"
frozen = true
[models.small]
name = "3dcnn-4blocks"
hidden = 2
[experiments.all]
models = ["r3d", "small"]
"""


def test_a_librarys_model_has_the_hash_of_its_weights_and_is_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The weights were hashed by the launch; later readers need neither them nor the folder that it was given in."""
    set_roots(monkeypatch, runs=tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    weights, file = tmp_path / "r3d.pth", tmp_path / "own.toml"
    weights.write_bytes(b"first")
    file.write_text(LIBRARY)
    study = read_study(file)
    model = study.models["r3d"][0]
    assert (model.hidden, model.frozen, model.weights) == (1, True, str(weights))
    store_study(file, study, ["a", "b"])
    weights.unlink()
    monkeypatch.chdir("/")
    assert stored_study("own").models == study.models
    weights.write_bytes(b"second")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="the weights of a model changed"):
        store_study(file, read_study(file), ["a", "b"])


def test_the_question_may_change_after_a_launch_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words decide no run: the stored file has the new ones, and the page that is made of it too."""
    set_roots(monkeypatch, runs=tmp_path / "runs")
    file = tmp_path / "study.toml"
    file.write_text(STUDY)
    store_study(file, read_study(file), ["a", "b"])
    assert stored_study("mine").question == ""
    file.write_text('question = " Does size matter? "' + STUDY.replace("Two models", "Some models"))
    store_study(file, read_study(file), ["a", "b"])
    assert stored_study("mine").question == "Does size matter?"
    assert stored_study("mine").about == "Some models on grey videos."
    file.write_text('question = "Another?"' + STUDY.replace("seeds = [1]", "seeds = [2]"))
    with pytest.raises(UserError, match=r"\(seeds changed;"):
        store_study(file, read_study(file), ["a", "b"])
    assert stored_study("mine").question == "Does size matter?"
