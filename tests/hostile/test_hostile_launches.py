"""Nothing that a file says becomes a line of a batch script, or a run that the project did not launch."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from support.hostile_support import Canary, assert_refuses, invoked
from support.made_launches import submitted
from support.made_runs import demo, write_demo
from support.roots import set_roots

import jobs.commands.retry
from analysis.results.making import write_tables
from jobs.backends import slurm
from jobs.cluster.profile import Profile
from jobs.commands.launch import main as launch
from jobs.launching.chain import dependency
from jobs.monitor.launches import launched_runs
from jobs.records.submission import SUBMISSION
from xdomain.core.roots import results_root, runs_root
from xdomain.runs.lineage import NAME
from xdomain.schema.launch import Manifest
from xdomain.specs.read import read_spec

INJECTED = "demo\ntouch canary/README.md\n: "
WORDS = ("for", "accuracy-average", "--study", "ts-demo")


@pytest.fixture
def slurm_of_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, canary: Canary) -> Path:
    """A Slurm that runs a batch script at once, in `tmp_path`, as a node would; the folder of its scripts."""
    folder = tmp_path / "slurm"
    folder.mkdir()
    programs = {
        "sbatch": f'cp "$1" {folder}/script-$$; sh "$1" >/dev/null 2>&1; echo "Submitted batch job 7"',
        "srun": "exit 0",
        "squeue": "exit 0",
    }
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/sh\ncd {tmp_path}\n{script}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.delenv("XDOMAIN_PROFILE", raising=False)
    return folder


def edit(path: Path, change: Any) -> None:
    """Change a JSON file's values in place."""
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


@pytest.fixture
def lineage() -> Path:
    """The lineage of a small study's tables."""
    write_demo()
    write_tables("ts-demo", (), 0.005)
    return results_root() / "ts-demo" / "tables" / NAME


def variant_of_shell(values: dict[str, Any]) -> None:
    for recipe in values["recipes"]:
        recipe["variant"] = INJECTED
    for run in values["runs"]:
        run["id"] = run["id"].replace("ts-demo", f"ts-{INJECTED}")


def source_of_shell(values: dict[str, Any]) -> None:
    for recipe in values["recipes"]:
        recipe["source"] = "2dot; touch x"
    for run in values["runs"]:
        run["id"] = run["id"].replace("2dot", "2dot; touch x")


def another_study(values: dict[str, Any]) -> None:
    """A plain name, but of no run that was ever launched here."""
    for recipe in values["recipes"]:
        recipe["variant"] = "strange"
    for run in values["runs"]:
        run["id"] = run["id"].replace("ts-demo", "ts-strange")


def another_recipe(values: dict[str, Any]) -> None:
    """The runs' own ids with an optimisation that nobody here asked for."""
    for recipe in values["recipes"]:
        recipe["train"]["max_epochs"] = 1000


@pytest.mark.parametrize("change", [variant_of_shell, source_of_shell, another_study])
def test_a_lineage_launches_no_run_of_its_own(lineage: Path, slurm_of_tmp: Path, canary: Canary, change: Any) -> None:
    edit(lineage, change)
    outcome = invoked(launch, *WORDS, "--cluster", "slurm")
    outcome.assert_refused(NAME)
    canary.assert_untouched(outcome)
    assert not list(slurm_of_tmp.glob("script-*"))


def test_a_lineage_names_runs_and_the_launch_says_what_they_are(lineage: Path, slurm_of_tmp: Path) -> None:
    edit(lineage, another_recipe)
    outcome = invoked(launch, *WORDS, "--dry-run", "--cluster", "local")
    assert outcome.code == 0, outcome.output
    assert "1 to launch" in outcome.output


def submission_of_shell(folder: Path) -> None:
    (folder / SUBMISSION).write_text(json.dumps({"jobs": ["7\ntouch canary/README.md\n"]}))


def test_the_jobs_of_a_submission_are_numbers(slurm_of_tmp: Path, canary: Canary) -> None:
    manifest, _ = submitted([demo("2dot", "3dcnn", 2, 42)])
    for ids in (["7\ntouch canary/README.md\n"], ["7:8"], [7], "7", [], ["²"], None):
        (manifest.path.parent / SUBMISSION).write_text(json.dumps({"jobs": ids}))
        assert_refuses(lambda: dependency("afterany:last"), SUBMISSION, "jobs")
    canary.assert_untouched()
    assert_refuses(lambda: dependency("afterok:²"), "--after")


def forged(values: dict[str, Any], **changes: Any) -> None:
    values |= changes


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("runs.0.variant", lambda values: values["runs"][0].update(variant=INJECTED, id=None)),
        ("runs.0", lambda values: values["runs"][0].update(variant="other", id="ts-other/2dot/3dcnn/h2/seed42")),
        ("runs", lambda values: values.update(runs=[])),
        ("pack", lambda values: values.update(pack=0)),
        ("pack", lambda values: values.update(pack="1; touch x")),
        ("tracker", lambda values: values.update(tracker="tensorboard\n")),
        ("environment", lambda values: values.update(environment={"LD_PRELOAD": "/tmp/x.so"})),
        ("environment", lambda values: values.update(environment={"XDOMAIN_RUNS": "/a\nb"})),
        ("time_limit", lambda values: values.update(time_limit=-5)),
        ("max_attempts", lambda values: values.update(max_attempts=1e99)),
        ("study_key", lambda values: values.update(study_key="../x")),
    ],
)
def test_a_forged_manifest(field: str, change: Any, slurm_of_tmp: Path, canary: Canary) -> None:
    manifest, _ = submitted([demo("2dot", "3dcnn", 2, 42)])
    edit(manifest.path, change)
    assert_refuses(lambda: Manifest.read(manifest.path), "manifest.json", field.split(".")[0])
    outcome = invoked(jobs.commands.retry.main, "--cluster", "slurm")
    assert "Traceback" not in outcome.output
    assert "manifest.json" in outcome.output
    outcome.assert_printable()
    canary.assert_untouched(outcome)
    assert not list(slurm_of_tmp.glob("script-*"))


def test_a_forged_manifest_does_not_hide_the_others() -> None:
    fine, _ = submitted([demo("2dot", "3dcnn", 2, 42)])
    bad, _ = submitted([demo("2dot", "3dcnn", 2, 61)])
    bad.path.write_text("[" * 100_000)
    said: list[str] = []
    assert [*launched_runs(problems=said)] == [fine.runs[0].id]
    assert str(bad.path) in said[0]


@pytest.mark.parametrize("name", ["a\nb", "a\x00b", "\x1b[2J", "a\u2028b"])
def test_no_line_of_a_batch_script_is_broken(tmp_path: Path, name: str) -> None:
    def make(folder: Path = tmp_path, job: str = "job", after: str | None = None, **profile: Any) -> None:
        slurm.executor(folder, job, Profile(**profile), None, None, after)

    assert_refuses(lambda: make(job=name), "line break or control character")
    assert_refuses(lambda: make(folder=tmp_path / name), "line break or control character")
    assert_refuses(lambda: make(after=f"afterok:1{name}"), "line break or control character")
    assert_refuses(lambda: make(partition=name), "line break or control character")


@pytest.mark.parametrize("root", ["100%x", "%u-runs", "50%%", "%4N"])
@pytest.mark.parametrize("elements", [1, 2])
def test_a_percent_in_the_runs_root_is_a_percent(
    tmp_path: Path, slurm_of_tmp: Path, monkeypatch: pytest.MonkeyPatch, root: str, elements: int
) -> None:
    set_roots(monkeypatch, runs=tmp_path / root)
    folder = runs_root() / "logs"
    by = slurm.executor(folder, "job", Profile(), "python", None, None)
    slurm.submit_tasks(by, [print] * elements)
    (script,) = slurm_of_tmp.glob("script-*")
    patterns = [words.strip("'") for words in re.findall(r"--output[ =]('[^']*'|\S+)", script.read_text())]
    assert len(patterns) >= 2, "one of sbatch, one of srun"
    for pattern in (patterns[0], patterns[-1]):
        assert "%%" in pattern
        shown = re.sub(r"%([%jAat])", lambda found: {"%": "%"}.get(found[1], "7"), pattern)
        assert Path(shown).parent == folder
        assert re.fullmatch(r"7(_7)?_[07]_log\.out", Path(shown).name)


@pytest.mark.parametrize("root", ["%j", "a%A", "x%t", "b\\c"])
def test_what_submitit_would_read_as_a_pattern_is_refused(tmp_path: Path, root: str) -> None:
    assert_refuses(lambda: slurm.executor(tmp_path / root, "job", Profile(), None, None, None), "XDOMAIN_RUNS")


def test_the_spec_in_a_run_folder_is_checked_too() -> None:
    spec = demo("2dot", "3dcnn", 2, 42)
    path = runs_root() / spec.id / "spec.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(spec.to_dict() | {"variant": INJECTED}))
    assert_refuses(lambda: read_spec(json.loads(path.read_text()), path), str(path), "variant")
