"""What is written per clip, from which alone all tables are made."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from support.roots import set_roots
from support.tiny_runs import run_task, tiny

from xdomain.core.roots import data_root
from xdomain.datasets.temporal_shape.clipset import open_set, set_paths, split
from xdomain.evaluation.predictions import write_predictions

COLUMNS = ["clip", "label", "score_0", "score_1", "score_2", "score_3", "score_4"]


@pytest.fixture(scope="module")
def folder(tiny_data, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        set_roots(patch, data=tiny_data, runs=tmp_path_factory.mktemp("runs"))
        return run_task(tiny(max_epochs=1)).folder


def test_every_set_has_its_file_and_its_rows(folder):
    names = {path.stem for path in folder.path.glob("predictions/*")}
    assert names == {"validation", "2dot", "5dot", "mnist", "mnist-bg"}
    for name in names:
        table = pq.read_table(folder.predictions_file(name))
        assert table.column_names == COLUMNS
        assert table.num_rows == folder.result()["clips"][name] == (5 if name == "validation" else 3)
        assert np.isfinite(np.stack([table[column].to_numpy() for column in COLUMNS])).all()


def test_the_validation_clips_are_the_splits(folder, tiny_roots):
    spec = tiny()
    table = pq.read_table(folder.predictions_file("validation"))
    _, val = split(13, 8, spec.data.split_seed)
    assert table["clip"].to_pylist() == val.tolist()
    source = open_set(set_paths(spec.data.source_set("2dot"), data_root())[0])
    assert table["label"].to_pylist() == source.labels[val].tolist()


def test_the_source_domain_is_evaluated_on_its_held_out_set(folder, tiny_roots):
    """Not on clips that trained or selected the model."""
    held_out = open_set(set_paths(tiny().data.eval_set("2dot", "2dot"), data_root())[0])
    table = pq.read_table(folder.predictions_file("2dot"))
    assert table["clip"].to_pylist() == [0, 1, 2]
    assert table["label"].to_pylist() == held_out.labels.tolist()


def test_the_results_accuracies_are_those_of_the_files(folder):
    accuracy = folder.result()["accuracy"]
    for name, stated in accuracy.items():
        table = pq.read_table(folder.predictions_file(name))
        scores = np.stack([table[f"score_{k}"].to_numpy() for k in range(5)], axis=1)
        assert stated == np.mean(scores.argmax(axis=1) == table["label"].to_numpy())


def test_the_result_says_where_its_numbers_come_from(folder):
    result = json.loads(folder.result_file.read_text())
    assert result["parameters"] == 1573
    assert result["attempts"] == 1
    assert set(result["data"]) == {clip_set.name for clip_set in tiny().inputs}
    assert all(len(described["sha256"]) == 64 for described in result["data"].values())
    assert result["provenance"]["device"] == "CPU"
    assert result["provenance"]["code_version"]


def test_hand_written_scores(tmp_path):
    """Two of three clips right; a clip keeps its number."""
    scores = np.array([[0.1, 2.0, -1.0], [3.0, 0.0, 0.0], [0.0, 0.0, 0.5]])
    made = write_predictions(tmp_path / "x.parquet", np.array([7, 9, 12]), np.array([1, 0, 0]), scores)
    assert made.accuracy == pytest.approx(2 / 3)
    assert pq.read_table(tmp_path / "x.parquet").to_pydict() == {
        "clip": [7, 9, 12],
        "label": [1, 0, 0],
        "score_0": pytest.approx([0.1, 3, 0]),
        "score_1": pytest.approx([2, 0, 0]),
        "score_2": pytest.approx([-1, 0, 0.5]),
    }
