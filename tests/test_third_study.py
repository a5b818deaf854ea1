"""A package of a user's own brings a study: it goes through every command without an edit elsewhere."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

ENTRY_POINTS = """\
[xdomain.studies]
toss = toss:STUDY
"""
PACKAGE = '''\
"""Whether a coin that is called as one thing falls as another."""

import json
from dataclasses import dataclass

from xdomain.specs.spec import ModelSpec, RunData, RunSpec
from xdomain.studies.base import Study


@dataclass(frozen=True)
class Tosses:
    name: str
    can_stream = False

    def marker(self, root):
        return root / f"{self.name}.json"


@dataclass(frozen=True)
class TossData(RunData):
    sides: tuple[str, ...] = ("heads", "tails")


@dataclass(frozen=True)
class TossRun(RunSpec):
    data: TossData = TossData()
    stakes: int = 1

    @property
    def inputs(self):
        return (Tosses(f"tosses-{self.source}"),)


class Toss(Study[TossRun]):
    key = "toss"

    def kind_of(self, values):
        return TossRun

    def grid(self):
        coins = [("fair", 1), ("fair", 2), ("bent", 1), ("bent", 2)]
        return [TossRun("toss", coin, (coin,), ModelSpec("heads", 1), seed) for coin, seed in coins]

    def make(self, inputs, root, workers):
        for tosses in inputs:
            falls = "hhht" if tosses.name == "tosses-bent" else "hthth"
            tosses.marker(root).write_text(json.dumps({"sha256": falls, "falls": falls}))

    def execute(self, spec, folder, tracker):
        from xdomain.core.roots import data_root
        from xdomain.schema.result import Measurements, SeenData

        if (data_root() / "windy").exists() and spec.seed == 2:
            raise RuntimeError("the coin was blown away")
        (tosses,) = spec.inputs
        falls = json.loads(tosses.marker(data_root()).read_text())["falls"]
        share = falls.count("h") / len(falls)
        return Measurements(data={tosses.name: SeenData(sha256=falls)}, accuracy={spec.source: share})


STUDY = Toss()
'''
BENT = "toss/bent/heads/h1/seed{}"


@pytest.fixture
def place(made_roots: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Roots of the test's own, and the package as pip installs it, where every Python of this test looks."""
    site = made_roots / "site"
    (site / "toss-1.0.dist-info").mkdir(parents=True)
    (site / "toss-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: toss\nVersion: 1.0\n")
    (site / "toss-1.0.dist-info/entry_points.txt").write_text(ENTRY_POINTS)
    (site / "toss.py").write_text(PACKAGE)
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.syspath_prepend(site)
    return made_roots


def command(module: str, *words: str, code: int = 0) -> str:
    """Carry out `python -m module words` in this process; it ends with `code`. Returns what it printed."""
    done = CliRunner().invoke(importlib.import_module(f"jobs.commands.{module}").main, words)
    assert done.exit_code == code, done.output
    return done.output


def states() -> dict[str, str]:
    return {run["id"]: run["state"] for run in json.loads(command("status", "--json"))["runs"]}


def test_a_study_from_outside_is_launched_watched_and_repeated(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = command("launch", "runs", "toss/*", "--dry-run", "--cluster", "local")
    assert "toss: 4 runs (4 new), 4 to launch." in planned
    assert "data to make first: tosses-fair, tosses-bent" in planned
    assert not list((place / "runs").iterdir()), "only said"

    (place / "data/windy").touch()
    failed = command("launch", "runs", "toss/bent/*", "--cluster", "local", code=1)
    assert "1 of 2 runs have no result" in failed
    assert states() == {BENT.format(1): "finished", BENT.format(2): "failed"}
    assert "the coin was blown away" in command("status")
    assert "Nothing that fits is queued or running." in command("cancel", "toss/*", "--yes", code=1)

    (place / "data/windy").unlink()
    assert "1 to launch" in command("retry", "--cluster", "debug", "--class", "bug")
    assert states() == dict.fromkeys(map(BENT.format, (1, 2)), "finished")

    folder = place / "runs" / BENT.format(1)
    spec = json.loads((folder / "spec.json").read_text())
    assert (spec["data"], spec["stakes"]) == ({"sides": ["heads", "tails"]}, 1)
    result = json.loads((folder / "result.json").read_text())
    assert (result["status"], result["accuracy"]) == ("finished", {"bent": 0.75})

    # A colleague has not installed the package: a sentence, not a traceback.
    monkeypatch.delenv("PYTHONPATH")
    done = subprocess.run([sys.executable, "-m", "jobs.status"], capture_output=True, text=True, check=False)
    assert "There is no study 'toss'. Registered are: ts, diving48." in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
