"""A study's models that do not come with the project are tried when it is launched, dry or not."""

import importlib.util
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.installed import install
from support.library_weights import save_torchvision
from support.made_own_study import STUDY, write_study

import jobs.commands.launch
from xdomain.datasets.clip_cache.writer import CacheWriter

PROJECT = """
[project.entry-points."xdomain.models"]
wide = "mymodels:wide"
broken = "mymodels:broken"
mine = "mymodels:mine"
"""
MODELS = """
from torch import nn


def mine(hidden, frames, side, channels, classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(frames * channels * side * side, classes))


def wide(hidden, frames, side, channels, classes):
    return mine(hidden, frames, side, channels, classes + 1)


def broken(hidden, frames, side, channels, classes):
    raise ValueError("no such size")
"""
LARGE = 'name = "3dcnn-4blocks"\nhidden = 3\n'  # of the study's second model


@pytest.fixture
def study(made_roots: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study of whose clips nothing may be made, and a package with models."""

    def made(*_: object) -> None:
        raise AssertionError("a cache was begun")

    (made_roots / "code").mkdir()
    (made_roots / "code/mymodels.py").write_text(MODELS)
    install(PROJECT, made_roots / "site", monkeypatch, made_roots / "code")
    monkeypatch.setattr(CacheWriter, "__init__", made)
    return write_study(made_roots / "work")


def said(study: Path, model: str, *words: str, code: int) -> str:
    assert LARGE in STUDY
    study.write_text(STUDY.replace(LARGE, f"{model}\n").replace("train = { max_epochs = 1 }\n", ""))
    done = CliRunner().invoke(jobs.commands.launch.main, ["study", str(study), "--cluster", "local", *words])
    assert done.exit_code == code, done.output
    return " ".join(done.output.split())


def test_a_model_of_another_shape_or_of_none_is_named(study: Path) -> None:
    shown = said(study, 'name = "wide"\nhidden = 1', code=2)
    assert "The model large (wide) cannot be trained: In training 2 clips of 16×3×16×16 give (2, 4)" in shown
    assert "where logits (2, 3) are needed" in shown
    assert "It cannot be built: ValueError: no such size" in said(study, 'name = "broken"\nhidden = 1', code=2)
    assert "2 to launch" in said(study, 'name = "mine"\nhidden = 1', "--dry-run", code=0)


def test_weights_of_another_architecture_are_named(study: Path, tmp_path: Path) -> None:
    file = tmp_path / "mc3.pth"
    save_torchvision("mc3_18", file)
    shown = said(study, f'name = "torchvision:r3d_18"\nweights = "{file}"', "--dry-run", code=2)
    assert f"The weights {file} are of another architecture than torchvision:r3d_18" in shown


def test_where_torch_is_not_installed_it_says_so(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    shown = said(study, 'name = "wide"\nhidden = 1', "--dry-run", code=0)
    assert "Not tried, since torch is not installed here: large" in shown
