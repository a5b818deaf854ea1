"""Kinds of run: specs that were written before there were kinds are read as the right one, and written byte by byte."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from xdomain.core.errors import UserError
from xdomain.core.files import write_json
from xdomain.specs.read import read_spec
from xdomain.specs.shapes import ShapeRun
from xdomain.specs.videos import VideoEvaluation, VideoTraining
from xdomain.studies import diving48

HELD = Path(__file__).parent / "held"  # spec.json as versions wrote it that had one class for every run
KINDS = {"shapes": ShapeRun, "training": VideoTraining, "evaluation": VideoEvaluation, "unmodified": VideoEvaluation}


@pytest.mark.parametrize("name", KINDS)
def test_a_spec_of_before_is_read_and_written_as_it_was(name: str, tmp_path: Path) -> None:
    held = HELD / f"{name}.json"
    values = json.loads(held.read_text())
    spec = read_spec(values, held)
    assert type(spec) is KINDS[name]
    assert spec.id == values["id"]
    write_json(tmp_path / "spec.json", spec.to_dict())
    assert (tmp_path / "spec.json").read_bytes() == held.read_bytes()


@pytest.mark.parametrize(
    ("name", "field", "value"), [("shapes", "evaluates", "S1"), ("evaluation", "evaluates", "../x")]
)
def test_what_another_kind_has_is_refused(name: str, field: str, value: str) -> None:
    values = json.loads((HELD / f"{name}.json").read_text()) | {field: value}
    with pytest.raises(UserError, match=f"does not fit this version of xdomain .*{field}"):
        read_spec(values)


def test_a_study_that_is_not_there_is_named() -> None:
    values = json.loads((HELD / "shapes.json").read_text()) | {"study": "moons"}
    with pytest.raises(UserError, match=r"There is no study 'moons'\. Registered are: ts, diving48"):
        read_spec(values)


def test_a_training_and_its_evaluation_know_each_other() -> None:
    training = diving48.training("convlstm-4blocks")
    evaluation = training.evaluation("S1", "truth")
    assert evaluation.place == "random@S1-truth"
    assert training.evaluation("O").place == "random@O", "unmodified clips are made of no masks"
    assert evaluation.training.id == training.id == training.training.id
    begun = training.with_train(ranks=2, accumulate=4)
    assert evaluation.follow(begun) == begun.evaluation("S1", "truth")


def test_gpus_and_kept_epochs_decide_no_number() -> None:
    training = diving48.training("convlstm-4blocks")  # 8 batches of 8 clips to a step
    on_two = training.on_gpus(2).with_train(keep_all=True)
    assert (on_two.train.ranks, on_two.train.accumulate) == (2, 4)
    assert on_two.decisive() == training.decisive()
    assert replace(on_two, seed=1).decisive() != training.decisive()
    assert on_two.with_train(accumulate=2).decisive() != training.decisive(), "a smaller step"
    with pytest.raises(UserError, match="8 batches of a step cannot be divided among 3 GPUs"):
        training.on_gpus(3)
    evaluation = training.evaluation("S1")
    assert evaluation.on_gpus(3).decisive() == evaluation.decisive()
