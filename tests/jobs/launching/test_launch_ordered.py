"""Trainings before what evaluates them: on Slurm also those that an earlier launch has on their way."""

import pytest
from support.made_launches import end, start, submitted

import jobs.launching.ordered
from jobs.launching.chain import dependency
from jobs.launching.options import Options
from jobs.launching.ordered import launch_ordered
from xdomain.specs.spec import RunSpec
from xdomain.studies import diving48

WAITING, NEW = diving48.training("3dcnn-11layers"), diving48.training("3dcnn-4blocks")
OPTIONS = Options("slurm", None, None, None, dry_run=False, as_json=False)


@pytest.fixture
def launched(monkeypatch) -> list[tuple[list[str], str | None]]:
    """The ids of the runs of each launch, and what it waits for."""
    calls: list[tuple[list[str], str | None]] = []

    def launch_all(runs: list[RunSpec], options: Options) -> list[str]:
        calls.append(([spec.id for spec in runs], options.after))
        return ["300"]

    monkeypatch.setattr(jobs.launching.ordered, "launch_all", launch_all)
    return calls


def test_a_job_whose_training_has_failed_is_not_waited_for(squeue, launched):
    """Its packed sibling goes on; the training is launched anew."""
    _, name = submitted([WAITING, NEW], pack=2)
    squeue.say(f"100_0|RUNNING|2026-01-01T00:00:00|None|{name}")
    for spec in (WAITING, NEW):
        start(spec, job="100_0")
    end(WAITING, "failed", "RuntimeError: x")
    end(NEW, "failed", "RuntimeError: x")
    launch_ordered([WAITING, WAITING.evaluation("O")], OPTIONS)
    assert launched[-1][1] == "afterok:300"


def test_evaluations_wait_for_trainings_of_this_launch_and_of_an_earlier_one(squeue, launched):
    _, name = submitted([WAITING])
    squeue.say(f"100_0|RUNNING|N/A|None|{name}")
    evaluations = [training.evaluation("O") for training in (WAITING, NEW)]
    launch_ordered([WAITING, NEW, *evaluations], OPTIONS)
    assert launched == [
        ([WAITING.id, NEW.id], None),
        ([evaluation.id for evaluation in evaluations], "afterok:100_0:300"),
    ]
    assert dependency("afterok:100_0:300") == "afterok:100_0:300"
