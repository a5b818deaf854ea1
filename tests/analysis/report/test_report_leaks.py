"""The report says how many evaluation clips also stand in training."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from support.roots import set_roots

from analysis.diving48.study import Diving48
from analysis.report.leaks import leaks_html
from analysis.temporal_shape.study import TemporalShape
from xdomain.datasets.temporal_shape.clipset import RECORD, set_paths, write_set
from xdomain.specs.shapes import DataSpec
from xdomain.studies import temporal_shape as ts

DATA = DataSpec(train_clips=15, val_clips=5, eval_clips=5)


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A run on 2dot whose held-out set holds five of its training clips; of the targets only 5dot is there."""
    set_roots(monkeypatch, data=tmp_path)
    spec = replace(ts.run("2dot", "3dcnn", 2, 42), data=DATA)
    records = np.zeros(20, RECORD)
    records["clip"][:, :, 30:33, 30:33] = 255  # all the same
    records["label"] = np.arange(20) % 5
    write_set(set_paths(spec.inputs[0], tmp_path)[0], 20, [records], {})
    write_set(set_paths(spec.inputs[1], tmp_path)[0], 5, [records[:5]], {})
    records["clip"] += 1
    write_set(set_paths(spec.inputs[2], tmp_path)[0], 5, [records[:5]], {})
    return SimpleNamespace(analysis=TemporalShape(), runs=((spec, None), (replace(spec, seed=61), None)))


def test_each_evaluated_set_has_its_count(study):
    (sentence,) = re.findall("<li>(.*?)</li>", leaks_html(study))
    assert sentence.startswith("Trained on 2Dot, 15 clips: also in training are validation 5 of 5 (")
    assert "; 2Dot (held out) 5 of 5 (circle 1, spiral 1, line 1, rectangle 1, arc 1); 5Dot 0 of 5; " in sentence
    assert sentence.endswith("not counted, for want of data on this machine: MNIST, MNIST-bg.")


def test_diving48_has_none(study):
    study.analysis = Diving48()
    assert leaks_html(study) == ""
