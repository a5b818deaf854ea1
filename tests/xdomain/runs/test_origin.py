"""A training that is continued sees the data that it began with, and its result names the code of every attempt."""

import json
import shutil
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import torch
from support.roots import set_roots
from support.tiny_runs import tiny

from xdomain.core.errors import UserError
from xdomain.core.files import sha256
from xdomain.datasets.temporal_shape.clipset import set_paths
from xdomain.execute.run import execute
from xdomain.runs.provenance import code_version, provenance
from xdomain.runs.run_folder import RunFolder
from xdomain.training.origin import require_same_data

SPEC = tiny(max_epochs=1)


@pytest.fixture
def data(tiny_roots: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_data: Path) -> Path:
    """A data root of the test's own."""
    set_roots(monkeypatch, data=tmp_path / "data")
    return Path(shutil.copytree(tiny_data, tmp_path / "data"))


def as_code(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the code is of another version."""
    monkeypatch.setenv("XDOMAIN_CODE_VERSION", version)
    code_version.cache_clear()


@pytest.fixture(autouse=True)
def _real_code_version_afterwards():
    yield
    code_version.cache_clear()


def interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """An attempt that trains and is killed before its evaluations."""

    def interrupt(*_) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("xdomain.evaluation.evaluate.evaluate", interrupt)
        with pytest.raises(KeyboardInterrupt):
            execute(SPEC)


def correct_a_label(npy: Path) -> None:
    """The set with one label changed, as a new version of it would be: whole, under the same name."""
    records = np.load(npy)
    records["label"][0] = (records["label"][0] + 1) % 5
    np.save(npy, records)
    described = npy.with_suffix(".json")
    described.write_text(json.dumps(json.loads(described.read_text()) | {"sha256": sha256(npy)}))


def test_a_training_is_not_continued_on_other_data(data, monkeypatch):
    npy = set_paths(SPEC.data.source_set(SPEC.source), data)[0]
    kept = data / "kept"
    kept.mkdir()
    interrupted(monkeypatch)
    for file in (npy, npy.with_suffix(".json")):
        shutil.copy(file, kept)
    correct_a_label(npy)
    sentence = (
        rf"last-0000\.ckpt was trained on another {npy.stem} \(\w{{12}}\) than there is now \(\w{{12}}\)\. "
        rf".*move .*seed42 away and give the same command again to begin anew"
    )
    with pytest.raises(UserError, match=sentence):
        execute(SPEC)
    for file in (npy, npy.with_suffix(".json")):
        shutil.copy(kept / file.name, file)
    assert execute(SPEC).status == "finished"


def test_a_set_that_only_evaluations_read_may_change(data, monkeypatch):
    interrupted(monkeypatch)
    correct_a_label(set_paths(SPEC.data.eval_set("5dot", "2dot"), data)[0])
    assert execute(SPEC).status == "finished"


def test_the_result_lists_code_libraries_and_device_of_every_attempt(data, monkeypatch, capfd):
    as_code("first", monkeypatch)
    interrupted(monkeypatch)
    as_code("second", monkeypatch)
    execute(SPEC)
    result = RunFolder.of(SPEC).result()
    assert [by["code_version"] for by in result["provenance_of_attempts"]] == ["first", "second"]
    assert [by["attempt"] for by in result["provenance_of_attempts"]] == [1, 2]
    for made_by in result["provenance_of_attempts"]:
        assert made_by["device"] == result["provenance"]["device"]
        assert made_by["libraries"]["torch"] == version("torch")
    assert "It is of the code first, which is now second" in capfd.readouterr().out


def test_a_checkpoint_of_before_this_record_is_taken_and_that_is_said(data, monkeypatch, capfd):
    interrupted(monkeypatch)
    folder = RunFolder.of(SPEC)
    for path in folder.checkpoints.glob("*.ckpt"):
        content = torch.load(path, weights_only=True)
        del content["made_from"]
        torch.save(content, path)
    events = folder.attempts()
    del events[0]["provenance"]
    folder.attempts_file.write_text("".join(json.dumps(event) + "\n" for event in events))
    execute(SPEC)
    result = RunFolder.of(SPEC).result()
    assert "an earlier version wrote it: taken on trust" in capfd.readouterr().out
    assert result["provenance_of_attempts"][0] == {"attempt": 1}


STREAM, CACHE = {"sha256": "streamed:1", "listing_sha256": "a"}, {"sha256": "2", "listing_sha256": "a"}


@pytest.mark.parametrize(
    ("then", "now", "same"),
    [
        (CACHE, CACHE, True),
        (CACHE, CACHE | {"sha256": "3"}, False),
        (STREAM, CACHE, True),  # the pixels of one listing are the same, decoded before or while training
        (CACHE, STREAM, True),
        (STREAM, CACHE | {"listing_sha256": "b"}, False),
        (STREAM, STREAM | {"sha256": "streamed:3"}, False),  # a video of another size
        ({}, CACHE, False),
    ],
)
def test_what_counts_as_the_same_data(then, now, same):
    checkpoint = {"made_from": {"data": {"clips": then}, "code_version": "any"}}
    if same:
        require_same_data(Path("last.ckpt"), checkpoint, {"clips": now}, "")
    else:
        with pytest.raises(UserError, match=r"last\.ckpt was trained on another clips"):
            require_same_data(Path("last.ckpt"), checkpoint, {"clips": now}, "")


def test_a_library_that_is_not_installed_is_not_named(monkeypatch):
    """A training needs neither pandas nor submitit."""
    monkeypatch.setattr("xdomain.runs.provenance.LIBRARIES", ("torch", "no-such-library"))
    assert set(provenance("CPU")["libraries"]) == {"torch"}
