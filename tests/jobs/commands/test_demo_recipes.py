"""The demos' launches, as the Makefile has them, are taken by the launcher."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobs.commands.launch import main
from segment.commands.network import infer, train
from xdomain.core.files import write_json

ROOT = Path(__file__).parents[3]


def commands(target: str, module: str) -> list[list[str]]:
    """The words after `python -m MODULE` of every such line of a target."""
    made = subprocess.run(
        ["make", "--no-print-directory", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    lines = made.replace("\\\n", " ").splitlines()
    return [shlex.split(line.partition(f" -m {module} ")[2]) for line in lines if f" -m {module} " in line]


def dry_run(words: list[str]) -> str:
    done = CliRunner().invoke(main, [*words, "--dry-run"])
    assert done.exit_code == 0, done.output
    assert sorted(os.listdir()) in ([], ["data"]), "a dry run makes nothing"
    return done.stdout


def test_demo_is_sixteen_runs_of_four_models_in_one_study(empty_roots):
    said = [dry_run(words) for words in commands("demo", "jobs.launch")]
    runs = [line.split()[1] for text in said for line in text.splitlines() if line.startswith("new ")]
    assert len(runs) == len(set(runs)) == 16
    study, source, model, _, seed = zip(*(run.split("/") for run in runs), strict=True)
    assert (set(study), set(source), set(seed)) == ({"ts-demo"}, {"2dot"}, {"seed42", "seed61"})
    assert {name: model.count(name) for name in model} == dict.fromkeys(
        ("3dcnn", "convlstm", "timesformer-1", "timesformer-8"), 4
    )


def test_demo_diving_trains_three_models_on_true_masks(empty_roots):
    trained, evaluated = (dry_run(words) for words in commands("demo-diving", "jobs.launch"))
    assert "diving48-demo: 3 runs (3 new), 3 to launch." in trained
    assert trained.splitlines()[0].startswith("new ")
    assert evaluated.count("-truth/") == 12, "three models on I, S1, S2 and T"


def test_demo_paper_is_one_chain_whose_commands_are_taken(empty_roots):
    write_json(empty_roots / "data/mini/Diving48_V2_train.json", [])
    (words,) = commands("demo-paper", "jobs.launch")
    steps = [shlex.split(line.partition("python -m segment ")[2]) for line in dry_run(words).splitlines()]
    options = {step[0]: step[1:] for step in steps if step}
    for command in (train, infer):
        assert command.make_context(command.name, list(options[command.name])).params
    assert not {"--min-confidence", "--link"} & set(options["infer"]), "chosen on held-out frames, not by hand"


@pytest.mark.parametrize("target", ["demo", "demo-paper"])
def test_the_path_of_the_page_comes_last(target):
    made = subprocess.run(
        ["make", "--no-print-directory", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert " -m analysis report " in made.splitlines()[-1]
