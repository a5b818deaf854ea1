"""The commands that `why` prints make exactly the runs that they were made from."""

import json
import subprocess
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.made_bundles import analysis
from support.made_diving import training, write_evaluation, write_training
from support.made_runs import demo, right_2dot, write_manifest, write_run
from support.roots import set_roots

import jobs.commands.launch
from analysis.results.making import write_tables
from analysis.tracing.relaunch import launch_command, patterns
from xdomain.specs.read import read_spec
from xdomain.specs.spec import RunSpec
from xdomain.studies import diving48
from xdomain.studies import temporal_shape as ts

GRID = [spec.id for spec in ts.grid()]
DIVING = [diving48.training(name) for name in diving48.models_of("abcdefgh")]
EVALUATIONS = [spec.evaluation(domain) for spec in DIVING for domain in diving48.DOMAINS]


def dry_run(command: str) -> list[str]:
    """The ids that a launch would begin."""
    words = command.split()
    assert words[:4] == ["python", "-m", "jobs.launch", "runs"]
    given = [word.strip("'") for word in words[3:]]
    done = CliRunner().invoke(jobs.commands.launch.main, [*given, "--cluster", "local", "--dry-run"])
    assert done.exit_code == 0, done.output
    return [line.split()[1] for line in done.stdout.splitlines() if line.startswith("new ")]


@pytest.mark.parametrize(
    ("ids", "others", "expected"),
    [
        (GRID, GRID, ["ts/2dot/*", "ts/mnist-bg/*"]),
        ([run for run in GRID if "/2dot/" in run and "/h16/" in run], GRID, ["ts/2dot/*/h16/*"]),
        (GRID[:1], GRID, ["ts/2dot/3dcnn/h2/seed42"]),
        (GRID[:2], GRID, ["ts/2dot/3dcnn/h2/seed42", "ts/2dot/3dcnn/h2/seed61"]),
        (GRID[:2], [], ["ts/2dot/3dcnn/h2/*"]),
        (
            [spec.id for spec in (*DIVING[:2], *EVALUATIONS[2:3])],
            [spec.id for spec in (*DIVING[:2], *EVALUATIONS)],
            ["diving48/random/*/h128/seed42", "diving48/random@S1-predicted/3dcnn-4blocks/h128/seed42"],
        ),
        ([], GRID, []),
    ],
)
def test_runs_that_differ_in_one_part_are_one_pattern(ids: list[str], others: list[str], expected: list[str]) -> None:
    assert patterns(ids, others) == expected


@pytest.mark.parametrize("start", [0, 3, 40])
def test_patterns_fit_their_runs_and_no_others(start: int) -> None:
    ids = GRID[start : start + 57]
    named = patterns(ids, GRID)
    assert [run for run in GRID if any(fnmatchcase(run, pattern) for pattern in named)] == ids


def test_the_launcher_finds_the_runs_of_the_grids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_roots(monkeypatch, data=tmp_path / "data")
    ids = [spec.id for spec in (*ts.grid(("mnist-bg",), ("convlstm",), (2, 48)), *DIVING[:2], *EVALUATIONS[:2])]
    assert set(dry_run(launch_command(ids, [*GRID, *(spec.id for spec in (*DIVING, *EVALUATIONS))]))) == set(ids)


def carried_out_elsewhere(lines: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of a dry run in the empty runs folder that the printed lines make."""
    at = lines.index("  export XDOMAIN_RUNS=rerun")
    copy, launch = lines[at + 1 : at + 3]
    assert copy.startswith("  mkdir -p rerun && ")
    subprocess.run(copy, shell=True, cwd=folder, check=True)
    set_roots(monkeypatch, data=folder / "data", runs=folder / "rerun")
    return dry_run(launch)


def write_variant() -> list[RunSpec]:
    """Two runs of `ts-demo` with a recipe of its own, of which the first has finished."""
    specs = [demo("2dot", "3dcnn", 2, seed) for seed in (42, 61)]
    specs = [replace(spec, train=replace(spec.train, lr=0.02)) for spec in specs]
    write_run(specs[0], right_2dot(5, 5, 4))
    write_manifest("ts-demo", specs)
    return specs


@pytest.mark.parametrize("origin", ["results", "archive", "folder"])
def test_a_variant_is_launched_elsewhere_with_the_recipe_that_it_had(
    origin: str, roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = write_variant()
    write_tables("ts-demo", (), 0.005)
    words = ["why", "accuracy-average", "2dot 3dcnn", "V", "--study", "ts-demo"]
    if origin != "results":
        bundle = roots / ("b.tar.gz" if origin == "archive" else "b")
        assert analysis("bundle", bundle, "--study", "ts-demo").exit_code == 0
        words += ["--bundle", str(bundle)]
    done = analysis(*words)
    assert done.exit_code == 0, done.output
    assert carried_out_elsewhere(done.output.splitlines(), roots, monkeypatch) == [spec.id for spec in specs]
    (manifest,) = (roots / "rerun/ts-demo/launches").glob("*/manifest.json")
    assert [read_spec(run) for run in json.loads(manifest.read_text())["runs"]] == specs


def test_evaluations_that_were_never_launched_come_with_their_training(
    roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = training("3dcnn-4blocks")
    write_training(spec)
    write_evaluation(spec, "S1", 0.4)
    write_manifest("diving48-demo", [spec])
    write_tables("diving48-demo", (), 0.005)
    done = analysis("why", "table2", "3D CNN", "T/V", "--study", "diving48-demo")
    wanted = [spec.id, spec.evaluation("T").id]
    assert carried_out_elsewhere(done.output.splitlines(), roots, monkeypatch) == wanted
