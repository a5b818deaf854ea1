"""What a command line means, and that a wrong one does nothing at all."""

import dataclasses
import json
import os

import pytest
from support.refusals import assert_words_refused

from xdomain.runs.run_folder import RunFolder
from xdomain.specs.overrides import apply_overrides
from xdomain.studies import temporal_shape as ts

pytestmark = pytest.mark.usefixtures("empty_roots")


def described(launch, *words) -> dict:
    done = launch("--dry-run", "--json", "--cluster", "local", *words)
    assert done.exit_code == 0, done.output
    assert os.listdir() == [], "a dry run writes nothing"
    return json.loads(done.stdout)


def test_a_dry_run_names_the_400_runs_and_writes_nothing(launch):
    done = launch("--dry-run", "--cluster", "local")
    assert done.exit_code == 0, done.output
    assert sum(line.startswith("new ") for line in done.stdout.splitlines()) == 400
    assert "400 runs (400 new), 400 to launch" in done.stdout
    assert "2dot-n5000-seed1" in done.stdout
    assert os.listdir() == []


def test_the_machine_readable_document(launch):
    document = described(launch)
    assert len(document["runs"]) == document["to_launch"] == 400
    assert document["runs"][0] == {"id": "ts/2dot/3dcnn/h2/seed42", "state": "new", "reason": ""}
    assert document["counts"] == {"new": 400}
    assert document["study"] == "ts"
    assert document["cluster"] == "local"
    assert len(document["missing_data"]) == 7  # two sources, three targets without noise, mnist-bg at two intensities


def test_filters_name_a_part_of_the_grid(launch):
    words = ["--source", "2dot", "--model", "convlstm,3D CNN", "--hidden", "2, 4", "--seed", "42", "--seed", "7"]
    ids = [run["id"] for run in described(launch, *words)["runs"]]
    assert len(ids) == len(set(ids)) == 8
    assert "ts/2dot/3dcnn/h4/seed7" in ids


@pytest.mark.parametrize(
    "words", [["--model", "3dcnn,3D CNN"], ["--seed", "42,42"], ["--hidden", "2", "--hidden", "2"]]
)
def test_what_is_named_twice_is_launched_once(launch, words):
    ids = [run["id"] for run in described(launch, *words)["runs"]]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--hidden", "5"], "--hidden 5: the study's sizes are 2, 4, 6"),
        (["--model", "slowfast"], "There is no model 'slowfast'"),
        (["--set", "learning_rate=1"], "NAME=VALUE"),
        (["--set", "lr=-1"], "lr takes a number of 0 or more"),
        (["--tag", "a/b"], "--tag a/b"),
        (["--json"], "--dry-run"),
        (["--profile", "nowhere"], "There is no profile 'nowhere'"),
        (["--seed", "-1"], "--seed"),
        (["--set", "train_clips=32"], "batch_size"),
    ],
)
def test_a_wrong_value_is_one_sentence_and_exit_code_2(launch, words, sentence):
    assert_words_refused(launch, ["--model", "3dcnn", *words], sentence)


@pytest.mark.parametrize(
    "words", [["--source", "3dot"], ["--hidden", "two"], ["--cluster", "cloud"], ["--max-parallel", "0"], ["--no"]]
)
def test_a_wrong_choice_is_clicks_to_explain(launch, words):
    done = launch(*words)
    assert done.exit_code == 2
    assert "Usage:" in done.stderr
    assert os.listdir() == []


@pytest.mark.parametrize("words", [["--hidden", ""], ["--seed", ","], ["--model", " "]])
def test_an_empty_list_is_not_the_whole_grid(launch, words):
    """`--seed "$SEED"` with an unset variable must not launch five seeds."""
    assert launch("--dry-run", "--cluster", "local", *words).exit_code == 2


@pytest.mark.parametrize("setting", ["max_epochs=300", "patience=10", "lr=0.5"])
def test_a_variant_is_one_study_for_all_models(launch, setting):
    """300 epochs are the paper's for a TimeSformer and a variant for the others: tables need them in one place."""
    ids = [run["id"] for run in described(launch, "--hidden", "2", "--set", setting)["runs"]]
    assert len({run.split("/")[0] for run in ids}) == 1


def test_the_same_tag_with_other_values_is_refused_with_the_values(launch):
    spec = apply_overrides(ts.run("2dot", "3dcnn", 2, 42), {"lr": 0.01}, "mine")
    folder = RunFolder.of(spec)
    folder.path.mkdir(parents=True)
    folder.write_spec(spec)
    words = ["--cluster", "local", "--model", "3dcnn", "--hidden", "2", "--seed", "42", "--tag", "mine"]
    assert launch(*words, "--dry-run", "--set", "lr=0.01").exit_code == 0
    done = launch(*words, "--set", "lr=0.1")
    assert done.exit_code == 2
    assert "train.lr is 0.01 there and 0.1 here" in done.stderr
    assert os.listdir() == ["runs"], "no data was made"


def test_the_recipe_may_be_changed_in_every_documented_value(launch):
    defaults = {field.name: field.default for field in dataclasses.fields(ts.TrainSpec)} | {"levels": ""}  # none
    words = [f"--set={name}={value}" for name, value in defaults.items()]
    assert described(launch, "--model", "3dcnn", "--hidden", "2", *words)["study"] == "ts"
