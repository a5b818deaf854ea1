"""What load_study takes in, what it counts, and what it refuses."""

import dataclasses
import json
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.made_runs import (
    demo,
    right_2dot,
    write_demo,
    write_diverged,
    write_manifest,
    write_predictions,
    write_run,
)

from analysis.runs.load import load_study
from analysis.runs.notes import completeness
from analysis.temporal_shape.study import TemporalShape
from xdomain.core.errors import UserError
from xdomain.studies import temporal_shape

RIGHT = right_2dot(5, 5, 4)


def test_accuracies_come_from_the_clips() -> None:
    write_run(demo("2dot", "3dcnn", 2, 42), right_2dot(9, 7, 5, 3, 1))
    rows = load_study("ts-demo").accuracies.set_index("domain")
    assert rows["accuracy"].to_dict() == {"V": 0.9, "2dot": 0.7, "5dot": 0.5, "mnist": 0.3, "mnist-bg": 0.1}
    assert set(rows["n_clips"]) == {10}
    assert rows.loc["V", ["id", "source", "model", "hidden", "seed"]].tolist() == [
        "ts-demo/2dot/3dcnn/h2/seed42", "2dot", "3dcnn", 2, 42,
    ]  # fmt: skip


def test_a_variant_expects_what_was_launched_and_what_is_there() -> None:
    write_demo()
    study = load_study("ts-demo")
    assert study.runs["status"].value_counts().to_dict() == {"finished": 4, "diverged": 1, "missing": 1}
    assert completeness(study.runs) == "4 of 6 runs finished, 1 diverged, 1 missing"
    assert not study.is_complete
    assert study.problems == ()


def test_the_paper_study_always_expects_the_whole_grid() -> None:
    write_run(temporal_shape.run("2dot", "3dcnn", 2, 42), RIGHT)
    study = TemporalShape().load("ts")
    assert completeness(study.runs) == "1 of 400 runs finished, 399 missing"


def test_the_paper_study_takes_other_models_and_no_other_sizes_of_its_own() -> None:
    write_run(temporal_shape.run("2dot", "3dcnn", 2, 42), RIGHT)
    write_run(temporal_shape.run("2dot", "3dcnn", 64, 42), RIGHT)
    write_run(temporal_shape.run("2dot", "mine", 64, 42), RIGHT)
    study = TemporalShape().load("ts")
    assert len(study.runs) == 401
    assert study.problems == ("Left out, because the paper's grid does not have them: ts/2dot/3dcnn/h64/seed42.",)


def test_a_run_of_another_recipe_under_a_paper_id_is_refused() -> None:
    spec = temporal_shape.run("2dot", "3dcnn", 2, 42)
    write_run(dataclasses.replace(spec, train=dataclasses.replace(spec.train, lr=0.1)), RIGHT)
    with pytest.raises(UserError, match=r"train.lr is 0.1 there and 0.001 here"):
        TemporalShape().load("ts")


def test_no_runs_says_how_to_make_some() -> None:
    with pytest.raises(UserError, match=r"python -m jobs\.launch ts-grid"):
        TemporalShape().load("ts")
    write_manifest("ts-demo", [demo("2dot", "3dcnn", 2, 42)])
    with pytest.raises(UserError, match="Studies that have runs: ts-demo"):
        load_study("ts-dmeo")
    with pytest.raises(UserError, match="No result yet: 1 run of 'ts-demo'"):
        load_study("ts-demo")


def test_a_missing_predictions_file_is_named() -> None:
    folder = write_run(demo("2dot", "3dcnn", 2, 42), RIGHT)
    folder.predictions_file("mnist").unlink()
    with pytest.raises(UserError, match=r"mnist.parquet is missing. Remove .*result.json and launch the run again"):
        load_study("ts-demo")


def test_a_truncated_predictions_file_is_named() -> None:
    file = write_run(demo("2dot", "3dcnn", 2, 42), RIGHT).predictions_file("5dot")
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(UserError, match=r"5dot.parquet is cut short or damaged"):
        load_study("ts-demo")


def test_fewer_clips_than_stated_are_refused() -> None:
    folder = write_run(demo("2dot", "3dcnn", 2, 42), RIGHT)
    write_predictions(folder.predictions_file("validation"), 4, clips=8)
    with pytest.raises(UserError, match=r"validation.parquet holds 8 clips and result.json says 10"):
        load_study("ts-demo")


def test_an_accuracy_that_is_not_the_clips_is_refused() -> None:
    folder = write_run(demo("2dot", "3dcnn", 2, 42), RIGHT)
    write_predictions(folder.predictions_file("validation"), 6)
    with pytest.raises(UserError, match=r"makes an accuracy of 0.600000 and result.json says 0.500000"):
        load_study("ts-demo")


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"clip": [0], "label": [1], "score_1": [0.5]}, "has the columns clip, label, score_1 instead"),
        ({"clip": [0, 0], "label": [1, 1], "score_0": [0.5, 0.5]}, "holds a clip more than once"),
    ],
)
def test_other_contents_are_refused(columns: dict, why: str) -> None:
    folder = write_run(demo("2dot", "3dcnn", 2, 42), RIGHT)
    result = json.loads(folder.result_file.read_text())
    result["clips"]["mnist"] = len(columns["clip"])
    folder.result_file.write_text(json.dumps(result))
    pq.write_table(pa.table(columns), folder.predictions_file("mnist"))
    with pytest.raises(UserError, match=why):
        load_study("ts-demo")


def test_an_older_result_is_refused() -> None:
    write_run(demo("2dot", "3dcnn", 2, 42), RIGHT, format=0)
    with pytest.raises(UserError, match="is of another format"):
        load_study("ts-demo")


def test_a_result_without_a_target_is_refused() -> None:
    write_run(demo("2dot", "3dcnn", 2, 42), {name: 1 for name in RIGHT if name != "mnist"})
    with pytest.raises(UserError, match="has no accuracy on mnist"):
        load_study("ts-demo")


def test_a_folder_in_the_wrong_place_is_refused() -> None:
    folder = write_run(demo("2dot", "3dcnn", 2, 42), RIGHT)
    folder.path.rename(folder.path.with_name("seed61"))
    with pytest.raises(UserError, match=r"seed61 holds the run ts-demo/2dot/3dcnn/h2/seed42"):
        load_study("ts-demo")


def test_a_result_of_another_run_is_refused() -> None:
    write_run(demo("2dot", "3dcnn", 2, 42), RIGHT, id="ts-demo/2dot/3dcnn/h2/seed61")
    with pytest.raises(UserError, match=r"result.json is of the run ts-demo/2dot/3dcnn/h2/seed61"):
        load_study("ts-demo")


def test_mixed_provenance_is_a_problem() -> None:
    write_run(demo("2dot", "3dcnn", 2, 42), RIGHT)
    other = {"code_version": "c0de+1", "image_digest": "sha256:1", "device": "a GPU"}
    data = {"5dot": {"sha256": "other"}}
    write_run(demo("2dot", "3dcnn", 2, 61), RIGHT, provenance=other, data=data, parameters=1574)
    assert load_study("ts-demo").problems == (
        "The runs come from 2 code versions: c0de, c0de+1.",
        "The runs come from 2 images: none, sha256:1.",
        "The runs saw 2 different files of the set 5dot.",
        "The runs of 3dcnn with h = 2 disagree on its number of parameters.",
    )


def test_diverged_runs_alone_make_an_empty_frame() -> None:
    write_diverged(demo("2dot", "3dcnn", 2, 42))
    assert load_study("ts-demo").accuracies.empty


def test_analysis_needs_neither_torch_nor_the_launcher() -> None:
    code = "import json, sys, analysis.__main__; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in json.loads(done.stdout)}
    assert not loaded & {"torch", "jobs", "submitit", "pytorch_lightning"}


def test_a_run_that_was_continued_under_other_code_is_a_note_of_every_table() -> None:
    made_by = [
        {"attempt": 1, "code_version": "a", "device": "CPU"},
        {"attempt": 2, "code_version": "b", "device": "CPU"},
    ]
    write_run(demo("2dot", "3dcnn", 2, 42), RIGHT, provenance_of_attempts=made_by)
    write_run(demo("2dot", "3dcnn", 2, 61), RIGHT, provenance_of_attempts=[{"attempt": 1}, made_by[1]])
    (problem,) = load_study("ts-demo").problems
    assert problem == (
        "Runs that were continued under another code version than they began with: ts-demo/2dot/3dcnn/h2/seed42."
    )
