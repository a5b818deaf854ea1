"""A study in one file is checked, launched, watched and kept; another under its name is refused."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.made_own_study import STUDY, write_study

import jobs.commands.launch
import jobs.commands.status
from xdomain.datasets.clip_cache.writer import CacheWriter
from xdomain.specs.read import read_spec
from xdomain.studies.own import read_study, stored_study

RUNS = {
    "mine/source-video/3dcnn-4blocks/h2/seed1",
    "mine/source-video/3dcnn-4blocks/h3/seed1",
    "mine/source-video@O/3dcnn-4blocks/h2/seed1",
    "mine/source-video@O/3dcnn-4blocks/h3/seed1",
}


@pytest.fixture
def study(made_roots: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    return write_study(made_roots / "work")


def launched(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(jobs.commands.launch.main, ["study", *words])
    assert done.exit_code == code, done.output
    return done.output


def test_it_is_planned_launched_watched_and_kept(study: Path, tmp_path: Path) -> None:
    planned = launched(str(study), "--dry-run", "--cluster", "local")
    assert all(run in planned for run in RUNS)
    assert "data to make first: grey/cache/train-16x16" in planned
    assert not list((tmp_path / "runs").iterdir())
    assert not list((tmp_path / "data").iterdir()), "only said"

    assert "python -m analysis tables --study mine" in launched(str(study), "--cluster", "debug")
    done = CliRunner().invoke(jobs.commands.status.main, ["--json"])
    assert {run["id"]: run["state"] for run in json.loads(done.output)["runs"]} == dict.fromkeys(RUNS, "finished")
    result = json.loads((tmp_path / "runs" / "mine/source-video/3dcnn-4blocks/h3/seed1/result.json").read_text())
    assert result["epochs"] == 1, "the model's own recipe"
    assert stored_study("mine").classes == ("dark", "grey", "bright")

    # The file may go, and comments may change; a launch by ids finds the runs.
    study.write_text("# a remark\n" + STUDY)
    assert "0 to launch" in launched(str(study), "--cluster", "debug")
    study.unlink()
    done = CliRunner().invoke(jobs.commands.launch.main, ["runs", "mine/*", "--cluster", "debug"])
    assert "2 runs (2 finished), 0 to launch" in done.output, done.output

    study.write_text(STUDY.replace("seeds = [1]", "seeds = [1, 2]").replace("side = 16", "side = 32"))
    refused = launched(str(study), "--cluster", "debug", code=2)
    assert "is not the study that was launched under this name (data.side, seeds changed;" in " ".join(refused.split())


def test_what_the_file_says_becomes_specs(study: Path) -> None:
    described = read_study(study)
    assert {spec.id for spec in described.runs()} == RUNS
    small, large = described.trainings()
    assert (small.train.max_epochs, large.train.max_epochs, small.train.lr, large.train.lr) == (2, 1, 0.02, 0.02)
    assert small.train.levels == (0.3,), "the weights near an experiment's level are kept"
    assert (small.data.dataset, small.data.val_clips, small.source) == ("grey", 5, "source-video")
    experiment = described.experiments["b"]
    assert (experiment.level, experiment.models) == (None, {"Little": "small", "Big": "large"})
    assert described.model_key(large) == "large"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('name = "mine"', 'name = "ts"', "which another study has"),
        ('name = "mine"', 'name = "my-own"', "has a hyphen"),
        ('name = "mine"', "", "name: field required"),
        ("val_clips = 5", "val_clip = 5", "data.val_clip: there is no such key (Did you mean val_clips?)."),
        ("val_clips = 5", "val_clips = 5\nfps = 3", "data.fps: there is no such key."),
        ("val_clips = 5", "val_clips = 14", "14 of 14 clips cannot be held out"),
        ("lr = 0.02", "lr = -1", "[train] of the model small: lr: input should be greater than or equal to 0"),
        ("lr = 0.02", "learning_rate = 1", "It takes: optimizer, lr,"),
        ('about = "Two', 'question = "One\\nor two?"\nabout = "Two', "question: has a line break"),
        ('about = "Two', 'question = 3\nabout = "Two', "question: input should be a valid string"),
        ("hidden = 2", "hiden = 2", "[models.small]: hidden: field required"),
        ("hidden = 3", "hidden = 2", "the models small and large are the same"),
        ('name = "3dcnn-4blocks"', 'name = "4dcnn"', "There is no model '4dcnn'"),
        ('"small", "large"]', '"small", "huge"]', "experiments.a names the model 'huge'"),
        ("level = 0.3", "level = 30", "experiments.a.level"),
        ('domains = ["O"]', 'domains = ["S1"]', "domains lacks O"),
        ('domains = ["O"]', 'domains = ["O", "fog"]', "Of the domain fog there is no"),
        (
            'domains = ["O"]',
            'domains = ["O", "S1", "T"]',
            "The domains S1, T are made with masks, and",
        ),
        ('layout = "list"', 'layout = "lists"', "Take one of list, csv"),
        ('train = "train.txt"', 'train = "absent.txt"', "absent.txt is missing"),
        ('videos = "archive/rgb"', 'videos = "archive"', "14 of 14 listed videos are not in"),
        ("seeds = [1]", 'claims = "absent.csv"', "There is no file"),
        ("seeds = [1]", "seed = [1]", "seed: there is no such key (Did you mean seeds?)."),
        ("level = 0.3", "levl = 0.3", "levl: there is no such key (Did you mean level?)."),
        ("[train]", "[train", "is not a TOML file"),
    ],
)
def test_a_wrong_file_is_refused_before_anything_is_made(
    study: Path, old: str, new: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(*_: object) -> None:
        raise AssertionError("a cache was begun")

    monkeypatch.setattr(CacheWriter, "__init__", made)
    assert old in STUDY
    study.write_text(STUDY.replace(old, new, 1))
    said = " ".join(launched(str(study), "--cluster", "debug", code=2).split())
    assert expected in said
    assert not list((tmp_path / "runs").iterdir()), "its name stays free"


def test_a_spec_of_a_study_that_is_not_kept_here_says_so(study: Path) -> None:
    values = read_study(study).trainings()[0].to_dict()
    with pytest.raises(Exception, match="There is no study 'mine'"):
        read_spec(values)
