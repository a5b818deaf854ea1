"""`python -m jobs.launch paper --cluster local`: step after step, in the order in which they need each other."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import jobs.commands.launch
from jobs.launching import paper
from jobs.launching.steps import Step
from xdomain.core.errors import CommandFailed
from xdomain.core.files import write_json
from xdomain.specs.spec import RunSpec


@pytest.fixture
def carried_out(empty_roots: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would have been done: commands by their first two words, runs by their number and domain."""
    done: list[str] = []
    write_json(empty_roots / "data/diving48/Diving48_V2_train.json", [])

    def run_here(steps: list[Step]) -> None:
        done.extend(" ".join(words[:2]) for step in steps for words in step.commands)

    def launch(runs: Sequence[RunSpec], _options: object) -> list[str]:
        done.append(f"{len(runs)} runs" if runs[0].study_key == "ts" else "training")
        return []

    def launch_all(runs: Sequence[RunSpec], _options: object) -> list[str]:
        domains = sorted({getattr(spec, "evaluates", "training") for spec in runs})
        done.append(" ".join(domains))
        return []

    for name, fake in (("run_here", run_here), ("launch", launch), ("launch_all", launch_all)):
        monkeypatch.setattr(paper, name, fake)
    return done


def launched(*words: str) -> Result:
    return CliRunner().invoke(jobs.commands.launch.main, ["paper", "--cluster", "local", "--exp", "d", *words])


def test_divers_come_before_trainings_and_these_before_their_evaluations(carried_out: list[str]) -> None:
    done = launched()
    assert done.exit_code == 0, done.output
    assert carried_out == [
        "400 runs",
        "segment train",
        "segment infer",
        "segment domains",
        "segment report",
        "training",
        "I O S1 S2 T",
        "analysis tables",
        "analysis figures",
        "analysis tables",
        "analysis figures",
    ]


def test_one_study_alone_makes_its_own_tables(carried_out: list[str]) -> None:
    assert launched("--study", "ts").exit_code == 0
    assert carried_out == ["400 runs", "analysis tables", "analysis figures"]


def test_nothing_is_evaluated_where_a_training_failed(carried_out: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise CommandFailed(3)

    monkeypatch.setattr(paper, "launch_all", fail)
    assert launched("--study", "diving48").exit_code == 3
    assert carried_out == ["segment train", "segment infer", "segment domains", "segment report"]
