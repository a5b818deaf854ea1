"""What `python -m jobs.launch diving` means, and that a wrong command line does nothing at all."""

import json
import os

import pytest
from click.testing import Result
from support.diving_words import described, launched, trainings_of
from support.refusals import assert_words_refused
from support.roots import set_roots

from jobs.records.manifest import clip_sets
from xdomain.core.files import write_json
from xdomain.runs.run_folder import RunFolder
from xdomain.schema.launch import Manifest

pytestmark = pytest.mark.usefixtures("without_gpus")


def command(*words: str) -> Result:
    return launched("diving", *words)


def ids(*words: str) -> list[str]:
    return [run["id"] for run in described("diving", *words)["runs"]]


def run(model: str, hidden: int = 128, split: str = "random", study: str = "diving48") -> str:
    return f"{study}/{split}/{model}/h{hidden}/seed42"


ABC = [run("3dcnn-4blocks"), run("convlstm-4blocks"), run("timesformer-4layers")]
ALL = [*ABC, run("3dcnn-11layers"), run("3dcnn-6blocks"), run("timesformer-11layers", 32)]


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("a", ABC),
        ("a,b,c", ABC),
        ("abc", ABC),
        ("d", [run("3dcnn-11layers"), run("convlstm-4blocks")]),
        ("e", [run("3dcnn-6blocks"), run("convlstm-4blocks"), run("timesformer-11layers", 32)]),
        ("g,h", [run("3dcnn-6blocks"), run("convlstm-4blocks")]),
        ("all", ALL),
        ("a,b,c,d,e,f,g,h", ALL),
    ],
)
def test_experiments_share_their_trainings(letters, expected):
    assert ids("--exp", letters) == expected


def test_the_document_of_a_dry_run():
    document = described("diving", "--exp", "all")
    assert document["study"] == "diving48"
    assert document["counts"] == {"new": 6}
    assert document["to_launch"] == 6
    assert document["missing_data"] == ["diving48/cache/train-32x224"], "decoded once for all six"


@pytest.mark.parametrize(
    ("letters", "model", "expected"),
    [
        ("a", "3dcnn", ["3dcnn-4blocks"]),
        ("all", "3D CNN", ["3dcnn-4blocks", "3dcnn-11layers", "3dcnn-6blocks"]),
        ("all", "convlstm", ["convlstm-4blocks"]),
        ("all", "TimeSformer,convlstm-4blocks", ["timesformer-4layers", "timesformer-11layers", "convlstm-4blocks"]),
        ("d,e", "3dcnn-6blocks", ["3dcnn-6blocks"]),
        ("d,e", "timesformer", ["timesformer-11layers"]),  # d has none, e has
    ],
)
def test_a_model_goes_by_its_role_or_by_its_name(letters, model, expected):
    assert [spec.model.name for spec in trainings_of("--exp", letters, "--model", model)] == expected


def test_another_split_size_and_seed():
    words = ["--exp", "b", "--model", "convlstm"]
    assert ids(*words, "--split", "source-video") == [run("convlstm-4blocks", split="source-video")]
    assert ids(*words, "--hidden", "64") == [run("convlstm-4blocks", 64)]
    assert ids(*words, "--seed", "42,7") == [run("convlstm-4blocks"), "diving48/random/convlstm-4blocks/h128/seed7"]


def test_a_deviation_is_a_study_of_its_own():
    assert ids("--exp", "d", "--model", "3dcnn", "--set", "lr=0.01") == [run("3dcnn-11layers", study="diving48-lr0.01")]
    (spec,) = trainings_of("--exp", "d", "--model", "3dcnn", "--set", "levels=0.3,0.4", "--tag", "mine")
    assert spec.id == run("3dcnn-11layers", study="diving48-mine")
    assert spec.train.levels == (0.3, 0.4)


def test_the_paper_s_recipe_is_a_variant_for_no_model():
    """75 epochs of patience are the recipe of one model alone; a tag keeps the others with it."""
    patient = ids("--exp", "e", "--set", "patience=75")
    assert {name.split("/")[0] for name in patient} == {"diving48-patience75"}


@pytest.mark.parametrize(("gpus", "accumulate"), [(1, 8), (2, 4), (4, 2), (8, 1)])
def test_fewer_gpus_take_as_many_clips_a_step(gpus, accumulate):
    for spec in trainings_of("--exp", "all", "--gpus", str(gpus)):
        assert (spec.train.ranks, spec.train.accumulate, spec.train.batch_size) == (gpus, accumulate, 8)
        assert spec.id in ALL, "and make no variant"


def test_the_paper_s_training_is_on_eight_gpus():
    for spec in trainings_of("--exp", "all", "--gpus", "8"):
        train = spec.train
        assert (train.lr, train.momentum, train.weight_decay, train.optimizer) == (0.001, 0.9, 1e-5, "sgd")
        assert (train.batch_size, train.ranks, train.max_epochs) == (8, 8, 500)
        assert train.levels == (0.3, 0.35, 0.383, 0.4, 0.45, 0.5007)
        assert (spec.data.frames, spec.data.side, spec.data.val_clips, spec.data.split_seed) == (32, 224, 1502, 42)


def test_this_machine_s_gpus_are_used(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,3,5")
    assert {spec.train.ranks for spec in trainings_of("--exp", "a")} == {4}
    assert {spec.train.ranks for spec in trainings_of("--exp", "a", "--set", "ranks=2")} == {2}, "unless they are told"


def test_a_begun_training_keeps_its_ranks():
    (begun,) = trainings_of("--exp", "d", "--model", "3dcnn", "--gpus", "2", "--keep-all")
    RunFolder.of(begun).write_spec(begun)
    assert trainings_of("--exp", "d", "--gpus", "8")[0] == begun
    assert {spec.train.ranks for spec in trainings_of("--exp", "d", "--gpus", "8")} == {2, 8}
    done = command("--exp", "d", "--gpus", "8", "--cluster", "local", "--dry-run")
    assert done.exit_code == 0, done.output
    assert done.stdout.count("1 to launch") == 2, "trainings of two and of eight ranks are two launches"


def test_table_17_is_eleven_studies():
    made = trainings_of("--exp", "table17")
    assert [spec.study_key for spec in made] == [f"diving48-table17.{row}" for row in range(1, 12)]
    rows = [(s.model.name, s.model.hidden, s.data.frames, s.train.optimizer, s.train.patience) for s in made]
    assert rows[0] == ("timesformer-12layers-linear", 64, 8, "sgd", 30)
    assert rows[7] == ("timesformer-11layers", 32, 32, "adam", 30)
    assert rows[10] == ("timesformer-11layers", 32, 32, "sgd", 75)
    assert [spec.train.batch_size for spec in made] == [8, 8, 8, 8, 8, 8, 8, 8, 32, 48, 8]
    done = command("--exp", "table17", "--dry-run", "--cluster", "local")
    assert done.exit_code == 0, done.output
    assert done.stdout.count("1 run (1 new), 1 to launch") == 11


def test_a_small_archive_is_checked_against_the_gpus_that_there_are():
    """Five validation clips are too few for the paper's eight ranks, not for one."""
    assert trainings_of("--exp", "a", "--set", "val_clips=5")[0].train.ranks == 1
    assert (
        "8 ranks are more than the 5 validation clips"
        in command(*("--exp", "a", "--set", "val_clips=5", "--gpus", "8", "--cluster", "local")).stderr
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--exp", "i"], "--exp i: the experiments are a to h"),
        (["--exp", "a,all"], "--exp all: the experiments are a to h; or give 'all' or 'table17' alone"),
        (["--exp", "d", "--model", "timesformer"], "the paper has none in experiment d"),
        (["--exp", "d", "--model", "3dcnn-4blocks"], "takes no part in experiment d. These do: 3dcnn-11layers"),
        (["--exp", "a", "--model", "3dcnn,timesformer-1"], "--model timesformer-1: takes no part"),
        (["--exp", "a", "--model", "slowfast"], "There is no model 'slowfast'"),
        (["--exp", "table17", "--model", "timesformer"], "leave --model away"),
        (["--exp", "table17", "--tag", "x"], "leave --tag away"),
        (["--exp", "table17", "--set", "dataset=../x"], "is no folder's name"),
        (["--exp", "a", "--gpus", "3"], "cannot be divided among 3 GPUs: give --gpus 1, 2, 4 or 8"),
        (["--exp", "a", "--set", "train_clips=8"], "NAME=VALUE with a NAME of: dataset, frames"),
        (["--exp", "a", "--set", "frames=0"], "frames takes a number of 1 or more"),
        (["--exp", "a", "--set", "frames=many"], "frames takes a whole number"),
        (["--exp", "a", "--set", "levels=30,35"], "accuracies between 0 and 1"),
        (["--exp", "a", "--set", "levels=high"], "levels takes numbers such as"),
        (["--exp", "a", "--set", "keep_all=perhaps"], "keep_all takes true or false"),
        (["--exp", "a", "--set", "optimizer=lion"], "takes sgd or adam"),
        (["--exp", "a", "--set", "precision=8"], "takes 16-mixed, bf16-mixed or 32-true"),
        (["--exp", "a", "--set", "dataset=.hidden"], "is no folder's name"),
        (["--exp", "a", "--tag", "a/b"], "--tag a/b"),
        (["--exp", "a", "--seed", "-1"], "--seed -1"),
        (["--exp", "a", "--json"], "--dry-run"),
        (["--exp", "table17", "--json", "--dry-run"], "--json describes one study at a time"),
        (["--exp", "a", "--after", "afterok:1"], "--after waits for jobs of Slurm"),
    ],
)
def test_a_wrong_command_line_is_one_sentence_and_exit_code_2(words, sentence):
    assert_words_refused(command, words, sentence)


@pytest.mark.parametrize("words", [["--exp", ","], ["--exp", "a", "--split", "mine"], ["--exp", "a", "--gpus", "0"]])
def test_a_wrong_choice_is_clicks_to_explain(words):
    done = command("--dry-run", "--cluster", "local", *words)
    assert done.exit_code == 2
    assert "Usage:" in done.stderr
    assert os.listdir() == []


def manifests() -> list[Manifest]:
    from xdomain.core.roots import runs_root

    return [Manifest.read(path.absolute()) for path in runs_root().glob("*/launches/*/manifest.json")]


@pytest.mark.parametrize(("words", "stream"), [(["--no-cache"], "1"), ([], None)])
def test_without_a_cache_the_manifest_says_so_and_no_clips_are_made(squeue, tmp_path, monkeypatch, words, stream):
    """Slurm refuses here, after the manifest was written."""
    set_roots(monkeypatch, data=tmp_path / "data")
    write_json(tmp_path / "data/diving48/Diving48_V2_train.json", [])
    profile = tmp_path / "profile.toml"
    profile.write_text("gpus = 8\n")
    done = command("--exp", "d", "--profile", str(profile), *words)
    assert done.exit_code == 2
    assert "Slurm refused the job" in done.stderr
    (manifest,) = manifests()
    assert manifest.environment.get("XDOMAIN_STREAM") == stream
    made = clip_sets(manifest.runs, "XDOMAIN_STREAM" in manifest.environment)
    assert [clips.name for clips in made] == ([] if stream else ["diving48/cache/train-32x224"])
    assert {spec.train.ranks for spec in manifest.runs} == {8}
    assert manifest.gpus == 8


def test_without_the_archive_nothing_is_submitted_and_a_dry_run_says_so(squeue, tmp_path, monkeypatch):
    """A job would wait in the queue for hours to say so."""
    set_roots(monkeypatch, data=tmp_path)
    profile = tmp_path / "profile.toml"
    profile.write_text("gpus = 8\n")
    said = f"{tmp_path}/diving48/Diving48_V2_train.json is missing. Fetch the data set"
    looked = command("--exp", "d", "--profile", str(profile), "--dry-run")
    assert looked.exit_code == 0, looked.output
    assert looked.stdout.splitlines()[-1].startswith(f"It cannot be made yet. {said}")
    done = command("--exp", "d", "--profile", str(profile))
    assert (done.exit_code, manifests()) == (2, [])
    assert said in done.stderr


def test_on_slurm_the_profile_says_how_many_gpus(squeue, tmp_path):
    words = ["--exp", "a", "--dry-run", "--json"]
    document = json.loads(command(*words, "--profile", "a100x8").stdout)
    assert document["arrays"] == ["0-2%8"]
    assert document["resources"]["gpus"] == 8
    assert "gpus = 4" in command(*words, "--profile", "a100x8", "--gpus", "4").stderr, "one of both has to give way"
    (tmp_path / "two.toml").write_text("gpus = 2\npack = 4\n")
    assert "cannot be packed" in command(*words, "--profile", str(tmp_path / "two.toml")).stderr
