"""Models of libraries from saved weights through training, evaluation and tables, and the runs that they are."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch
from click.testing import CliRunner
from support.library_weights import save_torchvision, save_transformer
from support.roots import set_roots, set_roots_below
from support.tiny_videos import make_archive, tiny_diving

from analysis.__main__ import main as analysis
from xdomain.datasets.clip_cache.build import build_cache
from xdomain.execute.run import execute
from xdomain.runs.run_folder import RunFolder
from xdomain.specs.read import read_spec
from xdomain.specs.spec import RunSpec
from xdomain.studies import diving48
from xdomain.studies.zoo import library_model

TORCHVISION = {"3D CNN": "r3d_18", "ConvLSTM": "mc3_18", "TimeSformer": "r2plus1d_18"}  # role in the tables -> model
TRANSFORMERS = {"3D CNN": "Vivit", "ConvLSTM": "VideoMAE", "TimeSformer": "Timesformer"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The roots of data, runs, results and weights; with an archive of seven training clips and its cache."""
    root = tmp_path_factory.mktemp("library")
    make_archive(root / "data/tiny", train=7, test=3)
    with pytest.MonkeyPatch.context() as patch:
        set_roots(patch, data=root / "data")
        for part in ("train", "O"):
            build_cache(tiny_library("torchvision:mc3_18", "").data.cache(part), root / "data")
    return root


@pytest.fixture(autouse=True)
def _roots(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_roots_below(monkeypatch, folder)


def tiny_library(name: str, weights: Path | str, frozen: bool = False) -> RunSpec:
    """An epoch on clips of four frames of 16 pixels."""
    spec = tiny_diving(max_epochs=1, levels=())
    data = replace(spec.data, frames=4, side=16, val_clips=3)
    return replace(spec, model=library_model(name, str(weights), frozen), data=data)


def trained_and_evaluated(spec: RunSpec) -> float:
    """The accuracy on the unmodified test clips."""
    assert execute(spec) is not None
    evaluated = execute(spec.evaluation("O"))
    assert evaluated is not None
    assert evaluated.clips == {"O": 3}
    return evaluated.checkpoints["0"]


def tabled(spec: RunSpec, role: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> float:
    """The accuracy on the unmodified test clips in a table of an experiment in which the model takes a role."""
    models = diving48.EXPERIMENTS["a"].models | {role: spec.model.key}
    monkeypatch.setitem(diving48.EXPERIMENTS, "a", replace(diving48.EXPERIMENTS["a"], models=models))
    monkeypatch.setitem(diving48.WIDTHS, spec.model.key, 1)
    command = ["tables", "--study", "diving48-tiny", "--only", "accuracies", "--tolerance", "100"]
    done = CliRunner().invoke(analysis, command, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    table = pd.read_csv(folder / "results/diving48-tiny/tables/accuracies.csv")
    (row,) = table[(table["experiment"] == "a") & (table["model"] == role)].to_dict("records")
    return row["O"]


@pytest.mark.parametrize(("role", "name"), TORCHVISION.items())
def test_a_model_of_torchvision(role: str, name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # its checkpoints have a hundred megabytes
    save_torchvision(name, folder / f"{name}.pth")
    # Of two only the head learns, whose optimisation is small.
    spec = tiny_library(f"torchvision:{name}", folder / f"{name}.pth", frozen=name != "mc3_18")
    assert spec.model.key.startswith(f"torchvision-{name}-pretrained-")
    expected = trained_and_evaluated(spec)
    assert tabled(spec, role, folder, monkeypatch) == pytest.approx(expected, abs=1e-3)
    (folder / f"{name}.pth").unlink()
    shutil.rmtree(RunFolder.of(spec).checkpoints)


@pytest.mark.parametrize(("role", "kind"), TRANSFORMERS.items())
def test_a_model_of_transformers(role: str, kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder / f"tiny-{kind}"
    save_transformer(kind, place)
    spec = tiny_library(f"transformers:{place}", place)
    expected = trained_and_evaluated(spec)
    assert tabled(spec, role, folder, monkeypatch) == pytest.approx(expected, abs=1e-3)


def test_of_a_frozen_model_the_checkpoint_has_the_body_that_it_began_with(folder: Path) -> None:
    saved = save_transformer("Vivit", folder / "probe")
    spec = tiny_library(f"transformers:{folder / 'probe'}", folder / "probe", frozen=True)
    result = execute(spec)
    assert result is not None
    assert result.parameters == 3 * 8 + 3, "the head's, for three classes"
    state = torch.load(RunFolder.of(spec).checkpoints / "best.ckpt", weights_only=True)["state_dict"]
    for key, value in saved.vivit.state_dict().items():
        assert torch.equal(state[f"model.network.vivit.{key}"], value), key


def test_ids_tell_scratch_pretrained_and_frozen_apart(folder: Path) -> None:
    place = folder / "ids" / "ViViT tiny"
    save_transformer("Vivit", place)
    name = f"transformers:{place}"
    scratch, tuned, frozen = tiny_library(name, ""), tiny_library(name, place), tiny_library(name, place, True)
    assert scratch.id == f"diving48-tiny/random/transformers-ViViT-tiny-scratch-{scratch.model.sha256[:8]}/h1/seed42"
    assert tuned.id == f"diving48-tiny/random/transformers-ViViT-tiny-pretrained-{tuned.model.sha256[:8]}/h1/seed42"
    assert frozen.model.key == tuned.model.key + "-frozen"
    assert len({spec.model.sha256 for spec in (scratch, tuned, frozen)}) == 2
    plain = tiny_library("torchvision:r3d_18", "")
    assert plain.id == "diving48-tiny/random/torchvision-r3d_18-scratch/h1/seed42"
    for spec in (scratch, tuned, frozen, plain, frozen.evaluation("S1")):
        spec.check()
        values = json.loads(json.dumps(spec.to_dict()))
        assert read_spec(values) == spec
    assert plain.to_dict()["model"] == {"name": "torchvision:r3d_18", "hidden": 1}
