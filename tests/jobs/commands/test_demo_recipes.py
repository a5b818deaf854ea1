"""The demos of the Makefile are recipes, whose launches and commands are taken."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobs.commands.launch import main
from segment.commands.network import infer, train
from xdomain.commands.mini_diving import mini_diving

ROOT = Path(__file__).parents[3]


def dry_run(target: str) -> str:
    """What `make TARGET` would do, in an empty folder."""
    made = subprocess.run(
        ["make", "--no-print-directory", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    (line,) = (line for line in made.splitlines() if " -m jobs.launch recipe " in line)
    *words, file = shlex.split(line.partition(" -m jobs.launch ")[2])
    done = CliRunner().invoke(main, [*words, str(ROOT / file), "--dry-run"])
    assert done.exit_code == 0, done.output
    assert sorted(os.listdir()) == [], "a dry run makes nothing"
    return done.stdout


def commands(text: str, module: str) -> dict[str, list[str]]:
    """The options of each `python -m MODULE COMMAND` that a dry run names, by command."""
    lines = [shlex.split(line.partition(f"python -m {module} ")[2]) for line in text.splitlines()]
    return {words[0]: words[1:] for words in lines if words}


def test_demo_is_sixteen_runs_of_four_models_in_one_study(empty_roots):
    text = dry_run("demo")
    runs = [line.split()[1] for line in text.splitlines() if line.startswith("new ")]
    assert len(runs) == len(set(runs)) == 16
    study, source, model, _, seed = zip(*(run.split("/") for run in runs), strict=True)
    assert (set(study), set(source), set(seed)) == ({"ts-demo"}, {"2dot"}, {"seed42", "seed61"})
    assert {name: model.count(name) for name in model} == dict.fromkeys(
        ("3dcnn", "convlstm", "timesformer-1", "timesformer-8"), 4
    )
    assert commands(text, "analysis").keys() == {"tables", "figures", "claims", "report"}


def test_demo_diving_trains_three_models_on_true_masks(empty_roots):
    text = dry_run("demo-diving")
    assert "diving48-demo: 3 runs (3 new), 3 to launch." in text
    assert text.count("-truth/") == 12, "three models on I, S1, S2 and T"
    assert "segment train" not in text
    assert commands(text, "segment")["truth"] == ["--dataset", "mini", "--frames", "16"]


def test_demo_paper_is_one_chain_whose_commands_are_taken(empty_roots):
    text = dry_run("demo-paper")
    options = commands(text, "segment")
    for command in (train, infer):
        assert command.make_context(command.name, list(options[command.name])).params
    assert not {"--min-confidence", "--link"} & set(options["infer"]), "chosen on held-out frames, not by hand"
    assert options["compare"][-4:] == ["--at-least-iou", "0.7", "--at-least-hidden", "0.9"]
    drawn = mini_diving.make_context("mini-diving", commands(text, "xdomain")["mini-diving"]).params
    assert (drawn["train"], drawn["test"], drawn["bias"]) == (120, 30, 0.8)


@pytest.mark.parametrize("target", ["demo", "demo-diving", "demo-paper"])
def test_the_page_comes_last(target, empty_roots):
    assert "python -m analysis report --study " in dry_run(target).splitlines()[-1]
