"""What `python -m jobs.launch segment` and `paper` would do, step by step, and that saying so does nothing."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.made_launches import submitted
from support.refusals import assert_refused
from support.roots import set_roots

import jobs.commands.launch
from jobs.launching.steps import Step, run_here
from xdomain.core.errors import CommandFailed
from xdomain.core.files import write_json
from xdomain.core.roots import runs_root
from xdomain.studies import diving48

pytestmark = pytest.mark.usefixtures("without_gpus")


def command(*words: str) -> Result:
    return CliRunner().invoke(jobs.commands.launch.main, list(words))


def steps(*words: str) -> list[tuple[str, str]]:
    """(step, what it runs) of a dry run of `segment`."""
    done = command("segment", *words, "--dry-run")
    assert done.exit_code == 0, done.output
    assert os.listdir() == [], "a dry run writes nothing"
    return [tuple(line.split(": python -m ")) for line in done.stdout.splitlines()]


def test_four_steps_in_their_order():
    assert steps("all", "--cluster", "local") == [
        ("train", "segment train --dataset diving48 --model deeplabv3plus-r50 --tag diving48-deeplabv3plus-r50"),
        (
            "infer",
            "segment infer --dataset diving48 --masks predicted --frames 32 --run diving48-deeplabv3plus-r50 "
            "--shard 0 --of 1",
        ),
        (
            "domains",
            "segment domains --dataset diving48 --masks predicted --frames 32 --side 224 --domain I,S1,S2,T",
        ),
        ("report", "segment report --dataset diving48 --masks predicted"),
    ]


def test_one_of_them_with_settings():
    ((name, words),) = steps(
        *("train", "--cluster", "local", "--dataset", "mini", "--model", "segformer-b0"),
        *("--train", "iterations=50", "--train", "val_interval=10"),
    )
    assert name == "train"
    assert words == (
        "segment train --dataset mini --model segformer-b0 --tag mini-segformer-b0 --iterations 50 --val-interval 10"
    )
    ((_, words),) = steps("domains", "--cluster", "local", "--domain", "boxes, blur", "--frames", "8", "--side", "64")
    assert words.endswith("--frames 8 --side 64 --domain boxes,blur")


def test_masks_of_another_name_are_of_another_network():
    """Else two networks' masks would be made by the run that was trained last."""
    of = dict(steps("all", "--cluster", "local", "--masks", "mine", "--model", "segformer-b0"))
    assert "--tag mine" in of["train"]
    assert "--masks mine" in of["infer"]
    assert "--run mine" in of["infer"]
    assert "--masks mine" in of["domains"]


def test_shards_are_parted_completely(tmp_path):
    profile = tmp_path / "profile.toml"
    profile.write_text("cpus_per_gpu = 3\n")
    lines = CliRunner().invoke(
        jobs.commands.launch.main, ["segment", "infer", "--cluster", "slurm", "--profile", str(profile), "--dry-run"]
    )
    words = lines.stdout.splitlines()
    assert [line.partition(" --shard ")[2] for line in words] == [f"{k} --of 16 --workers 3" for k in range(16)]
    assert len(CliRunner().invoke(
        jobs.commands.launch.main, ["segment", "infer", "--cluster", "local", "--shards", "5", "--dry-run"]
    ).stdout.splitlines()) == 5  # fmt: skip


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["all", "--train", "iterations"], "--train iterations: give NAME=VALUE"),
        (["all", "--infer", "=3"], "--infer =3: give NAME=VALUE"),
        (["train", "--profile", "nowhere", "--cluster", "slurm"], "There is no profile 'nowhere'"),
    ],
)
def test_a_wrong_command_line_is_one_sentence_and_exit_code_2(words, sentence):
    done = command("segment", "--dry-run", *words)
    assert done.exit_code == 2, done.output
    assert done.stderr.startswith("Error: ")
    assert sentence in done.stderr
    assert os.listdir() == []


def test_waiting_is_slurm_s():
    done = command("segment", "report", "--cluster", "local", "--after", "afterok:1")
    assert done.exit_code == 2
    assert "--after waits for jobs of Slurm" in done.stderr


def test_a_failing_command_ends_the_chain(capfd):
    chain = [Step("one", (("json.tool", "absent.json"),)), Step("two", (("this",),))]
    with pytest.raises(CommandFailed) as ended:
        run_here(chain)
    assert ended.value.code == 2, "the command's own"
    said = capfd.readouterr()
    assert "--- one: python -m json.tool absent.json" in said.out
    assert "absent.json" in said.err
    assert "--- two" not in said.out


@pytest.fixture
def archive(empty_roots) -> Path:
    """As much of an archive as `paper` looks at before it starts."""
    listing = empty_roots / "data/diving48/Diving48_V2_train.json"
    write_json(listing, [])
    return listing


def test_the_whole_paper(archive):
    done = command("paper", "--exp", "all", "--dry-run", "--cluster", "local")
    assert done.exit_code == 0, done.output
    assert "ts: 400 runs (400 new), 400 to launch." in done.stdout
    assert "diving48: 6 runs (6 new), 6 to launch." in done.stdout
    assert "diving48: 30 runs (30 new), 30 to launch." in done.stdout
    for step in ("train", "infer", "domains", "report"):
        assert f"\n{step}: python -m segment {step} --dataset diving48" in done.stdout
    assert os.listdir() == ["data"]


def test_a_part_of_the_paper(archive):
    words = ("paper", "--exp", "d", "--model", "3dcnn", "--dry-run", "--cluster", "local")
    done = command(*words, "--study", "diving48", "--on", "O,S1,boxes", "--network", "segformer-b0")
    assert done.exit_code == 0, done.output
    assert "ts:" not in done.stdout
    assert "diving48: 3 runs (3 new)" in done.stdout
    assert "segment train --dataset diving48 --model segformer-b0" in done.stdout
    assert "--domain S1,boxes" in done.stdout, "O is made of no masks"
    done = command(*words, "--study", "ts")
    assert done.stdout.startswith("new")
    assert "diving48" not in done.stdout


def test_the_paper_s_segmentation_is_of_the_clips_that_the_models_see(archive):
    small = archive.parents[1] / "mini" / archive.name
    write_json(small, [])
    settings = [word for value in ("dataset=mini", "frames=8", "side=32", "masks=own") for word in ("--set", value)]
    done = command("paper", "--exp", "a", *settings, "--tag", "demo", "--dry-run", "--cluster", "local")
    assert done.exit_code == 0, done.output
    assert "segment infer --dataset mini --masks own --frames 8" in done.stdout
    assert "segment domains --dataset mini --masks own --frames 8 --side 32 --domain I,S1,S2,T" in done.stdout
    assert "mini/domains/own/S1-8x32" in done.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--exp", "a"], "Fetch the data first: python -m xdomain fetch diving48"),
        (["--exp", "a", "--json", "--dry-run"], "--json describes a single launch"),
        (["--exp", "z"], "--exp z: the experiments are a to h"),
        (["--exp", "a", "--gpus", "7"], "cannot be divided among 7 GPUs"),
        (["--exp", "a", "--on", "O,train"], "--on train"),
    ],
)
def test_a_wrong_paper_is_one_sentence_before_anything_starts(words, sentence):
    assert_refused(command("paper", "--cluster", "local", *words), sentence)
    assert os.listdir() == []


def test_the_paper_waits_for_trainings_that_are_on_their_way(squeue, tmp_path, monkeypatch):
    """Its evaluations would find some of them unfinished; nothing else is submitted meanwhile."""
    set_roots(monkeypatch, data=tmp_path)
    write_json(tmp_path / "diving48/Diving48_V2_train.json", [])
    manifest, name = submitted([diving48.training("3dcnn-11layers")])
    squeue.say(f"100_0|PENDING|N/A|Priority|{name}")
    done = command("paper", "--exp", "d", "--study", "diving48", "--profile", "a100x8")
    assert done.exit_code == 1, done.output
    assert "Trainings are on their way from an earlier launch" in done.stdout
    assert list(runs_root().glob("*/launches/*")) == [manifest.path.parent]
