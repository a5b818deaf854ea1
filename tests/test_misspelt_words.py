"""A name that is nearly right: every command refuses it with 2 and asks for the nearest one that there is."""

import pytest
from click.testing import CliRunner
from support.made_launches import end, start, submitted
from support.made_runs import write_demo
from support.tiny_runs import tiny

import jobs.commands.cancel
import jobs.commands.move
import jobs.commands.status
from analysis.__main__ import main as analysis
from jobs.commands.launch import main as launch
from jobs.records.manifest import write_manifest
from segment.__main__ import main as segment
from xdomain_cli.main import main as xdomain

HERE = ("--dry-run", "--cluster", "local")


@pytest.fixture(autouse=True)
def demo(own_roots, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    write_demo()
    submitted([tiny(seed=53)])


@pytest.mark.parametrize(
    ("command", "words", "meant"),
    [
        (xdomain, ("statsu",), "status"),
        (xdomain, ("segment", "trian"), "train"),
        (launch, ("ts-gird",), "ts-grid"),
        (launch, ("ts-grid", "--model", "convltsm", *HERE), "convlstm"),
        (launch, ("ts-grid", "--set", "max_epoch=3", *HERE), "max_epochs"),
        (launch, ("recipe", "ts-dmeo", *HERE), "ts-demo"),
        (launch, ("ts-grid", "--profile", "gneric", "--dry-run"), "generic"),
        (launch, ("runs", "ts-demo/2dot/3dcnn/h4/sed47", *HERE), "ts-demo/2dot/3dcnn/h4/seed47"),
        (analysis, ("tables", "--study", "ts-demo", "--only", "accuracy-averge"), "accuracy-average"),
        (analysis, ("tables", "--study", "tsdemo"), "ts-demo"),
        (jobs.commands.status.main, ("--study", "ts-dmeo"), "ts-demo"),
        (launch, ("tables", "--study", "ts-tyni"), "ts-tiny"),
        (jobs.commands.move.main, ("elsewhere", "--study", "ts-dmeo"), "ts-demo"),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, tuple) else None,
)
def test_the_nearest_name_is_asked_for(command, words, meant):
    done = CliRunner().invoke(command, [*words])
    assert done.exit_code == 2, done.output
    assert f"Did you mean {meant}?" in done.stderr
    assert done.stdout == ""


def test_a_pattern_that_fits_nothing_is_told_apart_from_runs_that_are_at_rest():
    spec = tiny(seed=61)
    write_manifest([spec], None)
    start(spec)
    end(spec, "failed", "RuntimeError: x")
    at_rest = CliRunner().invoke(jobs.commands.cancel.main, [spec.id])
    assert (at_rest.exit_code, at_rest.stderr) == (1, "Nothing that fits is queued or running.\n")
    wrong = CliRunner().invoke(jobs.commands.cancel.main, [spec.id.replace("seed", "sed")])
    assert wrong.exit_code == 1
    assert f"No launched run or job fits {spec.id.replace('seed', 'sed')!r}. Did you mean {spec.id}?" in wrong.stderr


@pytest.mark.parametrize("study", ["/tmp", "../runs/ts-demo/..", "[", "**"])
def test_a_study_that_is_no_name_is_a_sentence(study):
    """Patterns of pathlib's refuse a full path with an error of their own."""
    for command in (jobs.commands.status.main, jobs.commands.cancel.main):
        done = CliRunner().invoke(command, ["--study", study])
        assert (done.exit_code, done.stdout) == (2, ""), done.output
        assert done.stderr.startswith(f"Error: No launch of {study} below")


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
@pytest.mark.parametrize(
    ("command", "words"),
    [
        (analysis, ("power", "--seed-sd")),
        (analysis, ("tables", "--study", "ts-demo", "--tolerance")),
        (xdomain, ("generate", "--domain", "mnist-bg", "--intensity")),
        (xdomain, ("mini-diving", "--bias")),
        (xdomain, ("doctor", "--timeout")),
        (segment, ("train", "--lr")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_no_option_takes_what_is_not_a_finite_number(command, words, value):
    done = CliRunner().invoke(command, [*words, value])
    assert done.exit_code == 2, done.output
    assert words[-1] in done.stderr


@pytest.mark.parametrize(
    "words",
    [("train", "--workers"), ("infer", "--shard"), ("infer", "--of"), ("infer", "--min-area"), ("infer", "--link")],
    ids=" ".join,
)
def test_no_count_is_negative(words):
    done = CliRunner().invoke(segment, [*words, "-1"])
    assert done.exit_code == 2
    assert f"Invalid value for '{words[-1]}'" in done.stderr
