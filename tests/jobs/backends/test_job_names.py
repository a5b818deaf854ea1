"""What squeue shows of a launch: study, domain, model, sizes; the comment has the rest."""

import dataclasses

import pytest
from support.tiny_runs import tiny

from jobs.backends.names import launch_comment, launch_name
from jobs.records.manifest import write_manifest
from xdomain.execute.diving48 import STUDY
from xdomain.specs.spec import ModelSpec
from xdomain.studies import diving48


def sized(model: str, hidden: int, seed: int = 42):
    return dataclasses.replace(tiny(model, seed=seed), model=ModelSpec(model, hidden))


def test_a_launch_of_one_model(tiny_roots):
    manifest = write_manifest([sized("convlstm", 2), sized("convlstm", 48, 61)], None)
    assert launch_name(manifest) == f"ts-tiny.2dot.convlstm.h2-48.{manifest.stamp[-4:]}"
    comment = "xdomain ts-tiny: 2 runs of convlstm; h2-48; 2dot; seeds 42 61"
    assert launch_comment(manifest) == comment


def test_a_launch_of_several(tiny_roots):
    runs = [sized("convlstm", 2), dataclasses.replace(sized("3dcnn", 2), source="mnist-bg")]
    manifest = write_manifest(runs, None)
    assert launch_name(manifest) == f"ts-tiny.2sources.2models.h2.{manifest.stamp[-4:]}"
    assert "runs of convlstm, 3dcnn; h2; 2dot, mnist-bg;" in launch_comment(manifest)


@pytest.mark.parametrize(
    ("models", "told"),
    [
        (("3dcnn-11layers", "convlstm-4blocks"), "experiment d"),
        (("3dcnn-4blocks", "convlstm-4blocks", "timesformer-4layers"), "experiments a b c"),
        (("timesformer-11layers",), "experiments e f"),
        (("3dcnn-11layers", "timesformer-11layers"), ""),
    ],
)
def test_trainings_of_diving48_say_whose_they_are(models, told):
    assert STUDY.label([diving48.training(name) for name in models]) == told
