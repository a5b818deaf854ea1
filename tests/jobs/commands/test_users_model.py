"""A user's package adds a model and takes it through the launcher; one that fails fails alone and says why."""

import json
import subprocess
import sys

import pytest
from support.tiny_runs import tiny

from xdomain.runs.run_folder import RunFolder

PYPROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "mypackage"
version = "1.0"

[project.entry-points."xdomain.models"]
mymodel = "mypackage:build"
broken = "mypackage:build_broken"
"""
PACKAGE = """\
from torch import nn


def build(hidden, frames, side, channels, classes):
    wide = frames * channels * (side // 8) ** 2
    head = nn.Linear(wide, hidden), nn.Linear(hidden, classes)
    return nn.Sequential(nn.Flatten(1, 2), nn.AvgPool2d(8), nn.Flatten(), *head)


def build_broken(**sizes):
    raise RuntimeError("out of luck\\nand of lines")
"""


@pytest.fixture
def users_package(tmp_path, monkeypatch):
    """mypackage, installed as pip installs it, in a place that every Python of this test looks at."""
    source, place = tmp_path / "source", tmp_path / "site"
    source.mkdir()
    (source / "pyproject.toml").write_text(PYPROJECT)
    (source / "mypackage.py").write_text(PACKAGE)
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--target", str(place), str(source)], check=True, capture_output=True)
    monkeypatch.setenv("PYTHONPATH", str(place))


def test_a_users_model_finishes_and_a_broken_one_fails_alone(tiny_roots, users_package, started, status):
    launcher = started("--model", "broken,mymodel", "--seed", "42", "--set", "max_epochs=2")
    assert launcher.wait() == 1
    output = launcher.output.read_text()

    result = RunFolder.of(tiny("mymodel")).result()
    assert result["status"] == "finished"
    assert result["parameters"] == 20 * 64 * 2 + 2 + 2 * 5 + 5
    assert (result["epochs"], set(result["accuracy"])) == (2, {"validation", "2dot", "5dot", "mnist", "mnist-bg"})

    broken = tiny("broken").id
    (line,) = [line for line in output.splitlines() if broken in line]
    assert "failed" in line
    assert "RuntimeError: out of luck" in line
    (log,) = [line.partition("log: ")[2] for line in output.splitlines() if "log: " in line]
    with open(log) as file:
        assert "Traceback" in file.read()
    assert "1 of 2 runs have no result" in output

    shown = status()
    assert f"{broken}: RuntimeError: out of luck" in shown.stdout
    assert "and of lines" not in shown.stdout
    states = {run["id"]: run["state"] for run in json.loads(status("--json").stdout)["runs"]}
    assert states == {broken: "failed", tiny("mymodel").id: "finished"}
